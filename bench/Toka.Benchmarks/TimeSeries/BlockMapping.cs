using System.Globalization;
using System.IO.MemoryMappedFiles;
using Toka.Core.Codecs;
using Toka.Core.Unsafe;

namespace Toka.Benchmarks.TimeSeries;

/// <summary>
/// What <see cref="MappedFile"/> gains over what needs no unsafe code, in processor time: pieces at random places of a file
/// that is in the page cache, each with its checksum, as chunks are read; eight bytes are a step of a search in the index.
/// </summary>
internal static class BlockMapping
{
    private const int FileBytes = 64 * 1024 * 1024;
    private const int Pieces = 1000;

    /// <summary>The ways are measured in turns, and the best turn counts, so that a neighbour's load tells less.</summary>
    private const int Turns = 15;

    private static uint s_sum;

    public static void Print()
    {
        var path = Path.GetTempFileName();
        try
        {
            var content = new byte[FileBytes];
            new Random(1).NextBytes(content);
            File.WriteAllBytes(path, content);
            using var mapped = MappedFile.Open(path);
            using var handle = File.OpenHandle(path);
            using var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
            using var view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            foreach (var length in (int[])[8, 500, 8000])
            {
                var buffer = new byte[length];
                var best = Compare(
                    length,
                    offset => Crc32C.Of(mapped.Slice(offset, length)),
                    offset =>
                    {
                        RandomAccess.Read(handle, buffer, offset);
                        return Crc32C.Of(buffer);
                    },
                    offset =>
                    {
                        view.ReadArray(offset, buffer, 0, length);
                        return Crc32C.Of(buffer);
                    });
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{length} bytes and their CRC32C: mapped {best[0]:F0} ns, RandomAccess.Read {best[1]:F0} ns, safe view copied {best[2]:F0} ns"));
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static double[] Compare(int length, params Func<long, uint>[] ways)
    {
        var random = new Random(length);
        long[] offsets = [.. Enumerable.Range(0, Pieces).Select(_ => random.NextInt64(0, FileBytes - length))];
        double[] best = [.. ways.Select(static _ => double.MaxValue)];
        for (var turn = 0; turn < Turns; turn++)
        {
            for (var way = 0; way < ways.Length; way++)
            {
                var began = Environment.CpuUsage.TotalTime;
                for (var round = 0; round < 10; round++)
                {
                    foreach (var offset in offsets)
                    {
                        s_sum ^= ways[way](offset);
                    }
                }

                best[way] = Math.Min(best[way], (Environment.CpuUsage.TotalTime - began).TotalNanoseconds / (10 * Pieces));
            }
        }

        return best;
    }
}
