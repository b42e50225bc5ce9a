using System.Globalization;
using System.Runtime.InteropServices;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Codecs;
using Toka.TimeSeries.Disk;

namespace Toka.Load.Runs;

/// <summary>Where the bytes of blocks are: by section, and the data by codec.</summary>
internal sealed class BlockTable
{
    private readonly SortedDictionary<SectionKind, long> _sections = [];
    private readonly Dictionary<string, Share> _codecs = [];
    private long _bytes;
    private long _samples;
    private long _series;

    /// <summary>Bytes of chunks and time columns, with their checksums.</summary>
    public long Data => _sections[SectionKind.Data];

    /// <summary>Everything else in the blocks.</summary>
    public long Index => _bytes - Data;

    /// <summary>Adds a block.</summary>
    public void Add(string path)
    {
        var block = Block.Open(new StoreDisk(), path);
        try
        {
            _bytes += block.Info.Bytes;
            _samples += block.Info.Samples;
            _series += block.Info.Series;
            foreach (var kind in Enum.GetValues<SectionKind>())
            {
                _sections[kind] = _sections.GetValueOrDefault(kind) + block.Sections.PlaceOf(kind).Length;
            }

            var times = new HashSet<int>();
            for (var series = 0; series < block.Info.Series; series++)
            {
                foreach (var chunk in block.ChunksOf(series))
                {
                    if (chunk.TimeColumn >= 0 && times.Add(chunk.TimeColumn))
                    {
                        var encoded = block.EncodedTimesOf(chunk);
                        Count($"times {(IntForm)(encoded[0] & 15)}", chunk.Count, encoded.Length);
                    }

                    var payload = block.PayloadOf(chunk);
                    Count(chunk.Kind == ChunkKind.Floats ? $"{(ValueShape)(payload[0] >> 4)} {(IntForm)(payload[0] & 15)}" : chunk.Kind.ToString(), chunk.Count, payload.Length);
                }
            }
        }
        finally
        {
            block.Release();
        }
    }

    /// <summary>Prints the table.</summary>
    public void Print()
    {
        Say($"  {"section",-18} {"bytes",9} {"B/sample",9} {"of all",7}");
        foreach (var (kind, bytes) in _sections)
        {
            Say($"  {kind,-18} {bytes,9} {bytes / (double)_samples,9:F4} {(double)bytes / _bytes,7:P1}");
        }

        Say($"  {"header, footer",-18} {_bytes - _sections.Values.Sum(),9}");
        Say($"  of the data by codec: {_series} series, {_samples} samples");
        Say($"  {"codec",-20} {"chunks",7} {"samples",9} {"of all",7} {"bytes",9} {"B/sample",9} {"of data",7}");
        foreach (var (name, (chunks, samples, bytes)) in _codecs.OrderByDescending(static c => c.Value.Bytes))
        {
            Say($"  {name,-20} {chunks,7} {samples,9} {(double)samples / _samples,7:P1} {bytes,9} {bytes / (double)samples,9:F4} {(double)bytes / Data,7:P1}");
        }

        var checksums = BlockFormat.CrcBytes * _codecs.Values.Sum(static c => c.Chunks);
        Say($"  {"checksums of chunks",-46} {checksums,9} {"",9} {(double)checksums / Data,7:P1}");
    }

    private void Count(string name, int samples, int bytes)
    {
        ref var share = ref CollectionsMarshal.GetValueRefOrAddDefault(_codecs, name, out _);
        share = new Share(share.Chunks + 1, share.Samples + samples, share.Bytes + bytes);
    }

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private readonly record struct Share(long Chunks, long Samples, long Bytes);
}
