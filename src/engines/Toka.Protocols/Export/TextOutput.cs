using System.Buffers;
using System.Globalization;
using System.Text;

namespace Toka.Protocols.Export;

/// <summary>UTF-8 text on its way to a stream, in one buffer. Not thread-safe.</summary>
internal sealed class TextOutput(Stream target)
{
    /// <summary>Text is sent on when this much has come together.</summary>
    private const int SendBytes = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _buffer = new(SendBytes + 4096);

    public void Append(ReadOnlySpan<byte> text) => _buffer.Write(text);

    public void Append(string text) => Encoding.UTF8.GetBytes(text, _buffer);

    public void Append(byte character)
    {
        _buffer.GetSpan(1)[0] = character;
        _buffer.Advance(1);
    }

    /// <summary>Appends the shortest text that reads back as the same number; NaN, +Inf and -Inf as OpenMetrics writes them.</summary>
    public void Append(double value)
    {
        if (double.IsNaN(value))
        {
            Append("NaN"u8);
        }
        else if (double.IsInfinity(value))
        {
            Append(value > 0 ? "+Inf"u8 : "-Inf"u8);
        }
        else
        {
            Append<double>(value, "R");
        }
    }

    public void Append<T>(T value, ReadOnlySpan<char> format)
        where T : IUtf8SpanFormattable
    {
        // The longest are doubles with 24 characters and times with 33.
        var space = _buffer.GetSpan(64);
        if (!value.TryFormat(space, out var written, format, CultureInfo.InvariantCulture))
        {
            throw new InvalidOperationException($"BUG: a {typeof(T).Name} has more than {space.Length} characters.");
        }

        _buffer.Advance(written);
    }

    /// <summary>Sends what has come together, where that is enough.</summary>
    public ValueTask SendSomeAsync(CancellationToken cancellationToken) =>
        _buffer.WrittenCount >= SendBytes ? SendAsync(cancellationToken) : ValueTask.CompletedTask;

    /// <summary>Sends what has come together.</summary>
    public async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        await target.WriteAsync(_buffer.WrittenMemory, cancellationToken);
        _buffer.ResetWrittenCount();
    }

}
