using System.Buffers;

namespace Toka.Web.Http;

/// <summary>A growing byte buffer of pooled arrays in one piece. The owner disposes it; not thread-safe.</summary>
/// <param name="capacity">Bytes that fit before it grows; at least 1.</param>
internal sealed class PooledBuffer(int capacity = 4096) : IBufferWriter<byte>, IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(capacity);

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written; ends with the next write.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <inheritdoc cref="Written"/>
    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, Length);

    public void Clear() => Length = 0;

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_bytes.Length - Length), nameof(count));
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(Length);
    }

    /// <summary>Appends room for bytes that the caller fills at once.</summary>
    public Span<byte> Take(int count)
    {
        Reserve(count);
        Length += count;
        return _bytes.AsSpan(Length - count, count);
    }

    /// <summary>Hands the array over; the caller gives it back to the shared pool. The buffer is empty afterwards.</summary>
    public (byte[] Bytes, int Length) Detach()
    {
        var result = (_bytes, Length);
        _bytes = [];
        Length = 0;
        return result;
    }

    public void Dispose()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = [];
            Length = 0;
        }
    }

    private void Reserve(int sizeHint)
    {
        var needed = Math.Max(sizeHint, 1);
        if (_bytes.Length - Length >= needed)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(Length + needed), (int)Math.Min(2L * _bytes.Length, Array.MaxLength)));
        Written.CopyTo(larger);
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = larger;
    }
}
