using Toka.Core.Codecs;
using Toka.TimeSeries.Disk;

namespace Toka.TimeSeries.Care;

/// <summary>Whole files, a piece at a time.</summary>
internal static class StoreFiles
{
    private const int PieceBytes = 1 << 20;

    /// <summary>Copies the beginning of a file; the copy is on the disk when this returns, its name is not.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="from">The file.</param>
    /// <param name="to">A file that is not there yet.</param>
    /// <param name="length">How much of it.</param>
    /// <param name="cancellationToken">Ends it between two pieces.</param>
    /// <returns>The CRC32C of what was copied.</returns>
    public static uint Copy(IStoreDisk disk, string from, string to, long length, CancellationToken cancellationToken)
    {
        using var source = disk.Open(from, toWrite: false);
        return Copy(disk, source, from, to, length, cancellationToken);
    }

    /// <summary>Copies the beginning of an open file; the copy is on the disk when this returns, its name is not.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="source">The file.</param>
    /// <param name="from">What it is or was called.</param>
    /// <param name="to">A file that is not there yet.</param>
    /// <param name="length">How much of it.</param>
    /// <param name="cancellationToken">Ends it between two pieces.</param>
    /// <returns>The CRC32C of what was copied.</returns>
    public static uint Copy(IStoreDisk disk, IStoreFile source, string from, string to, long length, CancellationToken cancellationToken)
    {
        using var target = disk.Create(to);
        var checksum = Walk(source, from, length, (piece, offset) => target.Write(piece, offset), cancellationToken);
        target.Sync();
        return checksum;
    }

    /// <summary>The CRC32C of a file.</summary>
    public static uint Checksum(IStoreDisk disk, string path, CancellationToken cancellationToken)
    {
        using var file = disk.Open(path, toWrite: false);
        return Walk(file, path, file.Length, static (_, _) => { }, cancellationToken);
    }

    /// <summary>Reads a whole file as reading is done, not mapped, to see whether the disk gives it.</summary>
    /// <returns>Where it does not, and why; null where all of it can be read.</returns>
    public static (long Offset, string Why)? FirstUnreadable(IStoreDisk disk, string path)
    {
        var piece = new byte[PieceBytes];
        var at = 0L;
        try
        {
            using var file = disk.Open(path, toWrite: false);
            for (int read; (read = file.Read(piece, at)) > 0; at += read)
            {
            }

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (at, $"the disk cannot read the file there: {e.Message}");
        }
    }

    /// <summary>Whether two files have the same length and the same last bytes; a block's end has the checksums of all of it.</summary>
    public static bool EndAlike(IStoreDisk disk, string one, string other)
    {
        const int EndBytes = 4096;
        using var left = disk.Open(one, toWrite: false);
        using var right = disk.Open(other, toWrite: false);
        if (left.Length != right.Length)
        {
            return false;
        }

        var bytes = (int)Math.Min(EndBytes, left.Length);
        return Read(left, left.Length - bytes, bytes).AsSpan().SequenceEqual(Read(right, right.Length - bytes, bytes));
    }

    private static byte[] Read(IStoreFile file, long offset, int count)
    {
        var bytes = new byte[count];
        for (int at = 0, read; at < count && (read = file.Read(bytes.AsSpan(at), offset + at)) > 0; at += read)
        {
        }

        return bytes;
    }

    private static uint Walk(IStoreFile file, string path, long length, PieceAction use, CancellationToken cancellationToken)
    {
        var piece = new byte[(int)Math.Min(PieceBytes, Math.Max(1, length))];
        var checksum = 0u;
        for (var at = 0L; at < length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var read = file.Read(piece.AsSpan(0, (int)Math.Min(piece.Length, length - at)), at);
            if (read == 0)
            {
                throw new IOException($"{path} ends at {at}, {length - at} bytes before its length");
            }

            use(piece.AsSpan(0, read), at);
            checksum = Crc32C.Of(piece.AsSpan(0, read), checksum);
            at += read;
        }

        return checksum;
    }

    private delegate void PieceAction(ReadOnlySpan<byte> piece, long offset);
}
