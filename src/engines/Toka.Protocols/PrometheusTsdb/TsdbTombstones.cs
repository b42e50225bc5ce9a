using System.Buffers.Binary;
using Toka.Core.Codecs;

namespace Toka.Protocols.PrometheusTsdb;

/// <summary>What was deleted from a block and still lies in its chunks. Thread-safe. Source: Prometheus, "Tombstones Disk Format".</summary>
internal sealed class TsdbTombstones
{
    private const uint Magic = 0x0130BA30;
    private const int HeaderBytes = 5;

    private readonly Dictionary<ulong, List<(long From, long To)>> _ranges = [];

    public TsdbTombstones(TsdbFile? file)
    {
        if (file is null)
        {
            return;
        }

        var all = file.Slice(0, file.Length, "the tombstones");
        if (all.Length < HeaderBytes + sizeof(uint) || BinaryPrimitives.ReadUInt32BigEndian(all) != Magic)
        {
            throw file.Fault(0, "these are not tombstones of Prometheus");
        }

        if (all[4] != 1)
        {
            throw file.Fault(4, $"the tombstones have version {all[4]}; version 1 is read");
        }

        var content = all[HeaderBytes..^sizeof(uint)];
        if (BinaryPrimitives.ReadUInt32BigEndian(all[^sizeof(uint)..]) != Crc32C.Of(content))
        {
            throw file.Fault(HeaderBytes, "the tombstones have a wrong checksum");
        }

        var entries = new TsdbCursor(file, HeaderBytes, content);
        while (entries.Remaining > 0)
        {
            var series = entries.Uvarint();
            var from = entries.Varint();
            var to = entries.Varint();
            if (!_ranges.TryGetValue(series, out var ranges))
            {
                _ranges[series] = ranges = [];
            }

            ranges.Add((from, to));
        }
    }

    /// <summary>Whether a sample was deleted.</summary>
    /// <param name="series">The series' reference.</param>
    /// <param name="timeMs">The sample's time.</param>
    public bool Covers(ulong series, long timeMs) => _ranges.TryGetValue(series, out var ranges) && ranges.Exists(range => timeMs >= range.From && timeMs <= range.To);

    /// <summary>Whether anything of a series was deleted.</summary>
    public bool Names(ulong series) => _ranges.ContainsKey(series);
}
