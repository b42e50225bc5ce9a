using System.Buffers;

namespace Toka.Core.Limits;

/// <summary>
/// Arrays for bodies of requests and answers, whose size others choose. Small ones come from the shared pool; large ones are left
/// to the garbage collector, because the pool would keep several of each size for every processor long after the one sender that
/// asked for them. Thread-safe.
/// </summary>
public static class BodyArrays
{
    /// <summary>The largest pooled array, bytes: 1 MiB, above what senders and targets commonly send.</summary>
    public const int PooledBytesMax = 1 << 20;

    /// <summary>An array of at least so many bytes, with any content.</summary>
    public static byte[] Rent(int bytes) => bytes <= PooledBytesMax ? ArrayPool<byte>.Shared.Rent(bytes) : GC.AllocateUninitializedArray<byte>(bytes);

    /// <summary>Gives an array of <see cref="Rent"/> back, once.</summary>
    public static void Return(byte[] array)
    {
        ArgumentNullException.ThrowIfNull(array);
        if (array.Length <= PooledBytesMax)
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }
}
