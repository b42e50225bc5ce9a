using System.Buffers;

namespace Toka.TimeSeries.Codecs;

/// <summary>An array of the pool for the time of a method.</summary>
/// <typeparam name="T">Its elements.</typeparam>
internal readonly ref struct Rented<T> : IDisposable
{
    private readonly T[] _array;

    /// <summary>Rents an array.</summary>
    public Rented(int length)
    {
        _array = ArrayPool<T>.Shared.Rent(length);
        Span = _array.AsSpan(0, length);
    }

    /// <summary>As many elements as asked for; whatever was there before.</summary>
    public Span<T> Span { get; }

    /// <summary>Gives it back.</summary>
    public void Dispose() => ArrayPool<T>.Shared.Return(_array);
}

/// <summary>Buffers that a thread's encoders write candidates into; taken and put back like a stack.</summary>
internal static class Candidates
{
    [ThreadStatic]
    private static Stack<ArrayBufferWriter<byte>>? s_free;

    /// <summary>An empty buffer.</summary>
    public static ArrayBufferWriter<byte> Take() =>
        (s_free ??= new Stack<ArrayBufferWriter<byte>>()).TryPop(out var buffer) ? buffer : new ArrayBufferWriter<byte>(4096);

    /// <summary>Puts a buffer back.</summary>
    public static void Put(ArrayBufferWriter<byte> buffer)
    {
        buffer.ResetWrittenCount();
        s_free!.Push(buffer);
    }
}
