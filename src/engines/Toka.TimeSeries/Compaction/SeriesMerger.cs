using System.Globalization;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Codecs;
using Toka.TimeSeries.Tiers;

namespace Toka.TimeSeries.Compaction;

/// <summary>The time that is written and the time that is left out.</summary>
/// <param name="TierMs">The resolution.</param>
/// <param name="FromMs">The first time of the output.</param>
/// <param name="ToMs">The last time of the output, inclusive.</param>
/// <param name="RemoveFromMs">The first time to remove from the series that are to lose samples.</param>
/// <param name="RemoveToMs">The last time to remove.</param>
internal readonly record struct MergeSpan(long TierMs, long FromMs, long ToMs, long RemoveFromMs, long RemoveToMs);

/// <summary>
/// Merges the chunks of one series out of several blocks, one kind after the other. Chunks that overlap nothing and are large
/// are copied as they are; what lies between them is decoded, merged by time and written anew. Holds one series at a time.
/// Not thread-safe.
/// </summary>
/// <param name="payloads">Merges the kinds whose payload only they understand.</param>
internal sealed partial class SeriesMerger(IPayloadMerger payloads) : IDisposable
{
    /// <summary>Chunks of so many samples are not worth writing anew. 4096: half of the largest chunk.</summary>
    public const int CopySamplesMin = 4096;

    private readonly List<Piece> _pieces = [];
    private readonly List<BlockFault> _faults = [];
    private readonly FloatColumn _read = new();
    private FloatColumn _column = new();
    private FloatColumn _merged = new();
    private FloatColumn _spare = new();
    private readonly FloatColumn _pending = new();
    private List<MergeCursor> _cursors = [];
    private MergeSpan _span;
    private BlockWriter _writer = null!;
    private MergeTally _tally = new();

    /// <summary>Merges one series.</summary>
    /// <param name="cursors">The blocks that have it, standing at it, ascending by sequence.</param>
    /// <param name="span">What to write and what to leave out.</param>
    /// <param name="writer">Where to.</param>
    /// <param name="tally">Counts.</param>
    /// <exception cref="BlockDamagedException">A chunk cannot be read; the merge must be given up, or its samples were lost.</exception>
    public void Merge(List<MergeCursor> cursors, in MergeSpan span, BlockWriter writer, MergeTally tally)
    {
        (_cursors, _span, _writer, _tally) = (cursors, span, writer, tally);
        Collect();
        if (_pieces.Count == 0)
        {
            return;
        }

        writer.BeginSeries(cursors[0].Labels);
        for (var start = 0; start < _pieces.Count;)
        {
            var kind = _pieces[start].Chunk.Kind;
            var end = start;
            while (end < _pieces.Count && _pieces[end].Chunk.Kind == kind)
            {
                end++;
            }

            MergeKind(kind, start, end);
            start = end;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _read.Dispose();
        _column.Dispose();
        _merged.Dispose();
        _spare.Dispose();
        _pending.Dispose();
        DisposeSummaries();
    }

    private void Collect()
    {
        _pieces.Clear();
        for (var i = 0; i < _cursors.Count; i++)
        {
            foreach (var chunk in _cursors[i].Block.ChunksOf(_cursors[i].Ordinal))
            {
                if (chunk.MaxMs >= _span.FromMs && chunk.MinMs <= _span.ToMs)
                {
                    // Days of summaries are merged whole, so chunks that share one overlap.
                    var isSummary = chunk.Kind == ChunkKind.Summaries;
                    _pieces.Add(new Piece(
                        i, chunk, isSummary ? Ladder.StartOf(chunk.MinMs, TierLayout.DayMs) : chunk.MinMs, isSummary ? Ladder.LastOf(chunk.MaxMs, TierLayout.DayMs) : chunk.MaxMs));
                }
            }
        }

        _pieces.Sort();
    }

    private void MergeKind(ChunkKind kind, int start, int end)
    {
        for (int next; start < end; start = next)
        {
            next = GroupEnd(start, end);
            if (next - start == 1 && CanCopy(_pieces[start]))
            {
                Flush(kind);
                Copy(_pieces[start]);
                continue;
            }

            switch (kind)
            {
                case ChunkKind.Floats:
                    MergeFloats(start, next);
                    break;
                case ChunkKind.Summaries:
                    MergeSummaries(start, next);
                    break;
                default:
                    // All that is not copied up to the next chunk that is, so that small chunks become large ones.
                    while (next < end && (GroupEnd(next, end) - next > 1 || !CanCopy(_pieces[next])))
                    {
                        next = GroupEnd(next, end);
                    }

                    MergePayloads(kind, start, next);
                    break;
            }
        }

        Flush(kind);
    }

    /// <summary>The end of the pieces that hang together by overlapping.</summary>
    private int GroupEnd(int start, int end)
    {
        var last = _pieces[start].MaxMs;
        var next = start + 1;
        for (; next < end && _pieces[next].MinMs <= last; next++)
        {
            last = Math.Max(last, _pieces[next].MaxMs);
        }

        return next;
    }

    private bool CanCopy(in Piece piece) =>
        piece.Chunk.Count >= CopySamplesMin && piece.Chunk.MinMs >= _span.FromMs && piece.Chunk.MaxMs <= _span.ToMs && !IsTouched(piece);

    /// <summary>Whether samples may have to be removed from a chunk.</summary>
    private bool IsTouched(in Piece piece) =>
        _cursors[piece.Cursor].IsRemoved && piece.Chunk.MaxMs >= _span.RemoveFromMs && piece.Chunk.MinMs <= _span.RemoveToMs;

    private void Copy(in Piece piece)
    {
        var block = _cursors[piece.Cursor].Block;
        try
        {
            _writer.AddChunk(block, piece.Chunk);
        }
        catch (CodecException e)
        {
            throw new BlockDamagedException(block.Info.Path, piece.Chunk.Offset, $"the times of a chunk cannot be decoded: {e.Message}");
        }

        _tally.Read += piece.Chunk.Count;
        _tally.Written += piece.Chunk.Count;
        _tally.Copied += piece.Chunk.Count;
    }

    private void Flush(ChunkKind kind)
    {
        if (kind == ChunkKind.Floats && _pending.Count > 0)
        {
            _writer.AddFloats(_pending.Timestamps, _pending.Values);
            _tally.Written += _pending.Count;
            _pending.Clear();
        }
        else if (kind == ChunkKind.Summaries && _pendingSummaries.Count > 0)
        {
            _writer.AddSummaries(_pendingSummaries);
            _tally.Written += _pendingSummaries.Count;
            _pendingSummaries.Clear();
        }
    }

    private void MergeFloats(int start, int end)
    {
        _merged.Clear();
        for (var cursor = 0; cursor < _cursors.Count; cursor++)
        {
            _column.Clear();
            for (var i = start; i < end; i++)
            {
                if (_pieces[i].Cursor == cursor)
                {
                    ReadFloats(_pieces[i]);
                }
            }

            if (_merged.Count == 0)
            {
                (_merged, _column) = (_column, _merged);
                continue;
            }

            _spare.Clear();
            if (FloatMerge.Merge(_merged, _column, _spare, _tally) is { } time)
            {
                NameConflict(time);
            }

            (_merged, _spare) = (_spare, _merged);
        }

        FloatMerge.AppendWithout(_merged, long.MaxValue, long.MinValue, _pending);
    }

    private void ReadFloats(in Piece piece)
    {
        var cursor = _cursors[piece.Cursor];
        var isTouched = IsTouched(piece);
        var into = isTouched ? _read : _column;
        var before = isTouched ? 0 : _column.Count;
        _read.Clear();
        ThrowUnless(cursor.Block.ReadFloats(piece.Chunk, _span.FromMs, _span.ToMs, into, _faults));
        _tally.Read += into.Count - before;
        if (isTouched)
        {
            _tally.Removed += FloatMerge.AppendWithout(_read, _span.RemoveFromMs, _span.RemoveToMs, _column);
        }
    }

    /// <summary>A damaged chunk ends the merge: its samples would be lost with the input.</summary>
    private void ThrowUnless(bool isWhole)
    {
        if (!isWhole)
        {
            throw new BlockDamagedException(_faults[0].Path, _faults[0].Offset, _faults[0].What);
        }
    }

    private void NameConflict(long timeMs) => _tally.FirstConflict ??= string.Create(
        CultureInfo.InvariantCulture, $"{LabelSet.FromEncoded(_cursors[0].Labels)} at {DescribeTime(timeMs)}");

    public static string DescribeTime(long timeMs) =>
        timeMs is >= -62_135_596_800_000 and <= 253_402_300_799_999
            ? DateTimeOffset.FromUnixTimeMilliseconds(timeMs).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{timeMs} ms");

    /// <summary>A chunk of one of the blocks.</summary>
    private readonly record struct Piece(int Cursor, ChunkRef Chunk, long MinMs, long MaxMs) : IComparable<Piece>
    {
        public int CompareTo(Piece other)
        {
            var order = Chunk.Kind.CompareTo(other.Chunk.Kind);
            order = order != 0 ? order : MinMs.CompareTo(other.MinMs);
            return order != 0 ? order : Cursor.CompareTo(other.Cursor);
        }
    }
}
