using Toka.Core.Series;
using Toka.TimeSeries.Blocks;
using Toka.TimeSeries.Codecs;
using Toka.TimeSeries.Tiers;

namespace Toka.TimeSeries.Compaction;

internal sealed partial class SeriesMerger
{
    private readonly SummaryColumn _readSummaries = new();
    private SummaryColumn _summaryColumn = new();
    private SummaryColumn _mergedSummaries = new();
    private SummaryColumn _spareSummaries = new();
    private readonly SummaryColumn _pendingSummaries = new();

    private void MergeSummaries(int start, int end)
    {
        _mergedSummaries.Clear();
        for (var cursor = 0; cursor < _cursors.Count; cursor++)
        {
            _summaryColumn.Clear();
            for (var i = start; i < end; i++)
            {
                if (_pieces[i].Cursor == cursor)
                {
                    ReadSummaries(_pieces[i]);
                }
            }

            if (_mergedSummaries.Count == 0)
            {
                (_mergedSummaries, _summaryColumn) = (_summaryColumn, _mergedSummaries);
                continue;
            }

            _spareSummaries.Clear();
            _tally.Duplicates += SummaryMerge.Merge(_mergedSummaries, _summaryColumn, _spareSummaries);
            (_mergedSummaries, _spareSummaries) = (_spareSummaries, _mergedSummaries);
        }

        SummaryMerge.Append(_mergedSummaries, 0, _pendingSummaries);
    }

    private void ReadSummaries(in Piece piece)
    {
        var cursor = _cursors[piece.Cursor];
        _readSummaries.Clear();
        ThrowUnless(cursor.Block.ReadSummaries(piece.Chunk, _span.FromMs, _span.ToMs, _readSummaries, _faults));
        _tally.Read += _readSummaries.Count;
        if (IsTouched(piece))
        {
            _tally.Removed += SummaryMerge.AppendWithout(_readSummaries, _span.RemoveFromMs, _span.RemoveToMs, _summaryColumn);
        }
        else
        {
            SummaryMerge.Append(_readSummaries, 0, _summaryColumn);
        }
    }

    private void MergePayloads(ChunkKind kind, int start, int end)
    {
        // Of two different things at one time the one written first stays: in the order of blocks, not of time.
        var bySequence = _pieces[start..end];
        bySequence.Sort(static (left, right) => left.Cursor != right.Cursor ? left.Cursor.CompareTo(right.Cursor) : left.MinMs.CompareTo(right.MinMs));
        if (!bySequence.Exists(piece => IsTouched(piece)))
        {
            Write(kind, Merged(kind, bySequence, _span.FromMs, _span.ToMs));
            return;
        }

        // What is removed lies between two parts; series that lose samples lose them in every block.
        var removed = Counted(kind, bySequence);
        if (_span.RemoveFromMs > _span.FromMs)
        {
            removed -= Write(kind, Merged(kind, bySequence, _span.FromMs, Math.Min(_span.ToMs, _span.RemoveFromMs - 1)));
        }

        if (_span.RemoveToMs < _span.ToMs)
        {
            removed -= Write(kind, Merged(kind, bySequence, Math.Max(_span.FromMs, _span.RemoveToMs + 1), _span.ToMs));
        }

        _tally.Read += removed;
        _tally.Removed += removed;
    }

    private long Counted(ChunkKind kind, List<Piece> pieces) => Merged(kind, pieces, _span.FromMs, _span.ToMs).Read;

    private MergedPayloads Merged(ChunkKind kind, List<Piece> pieces, long fromMs, long toMs)
    {
        var bytes = pieces.ConvertAll(piece => _cursors[piece.Cursor].Block.PayloadOf(piece.Chunk).ToArray());
        try
        {
            return payloads.Merge(kind, bytes, fromMs, toMs);
        }
        catch (CodecException e)
        {
            var at = bytes.FindIndex(one => !CanMerge(kind, one, fromMs, toMs));
            var piece = pieces[Math.Max(at, 0)];
            throw new BlockDamagedException(_cursors[piece.Cursor].Block.Info.Path, piece.Chunk.Offset, $"a payload of kind {kind} cannot be decoded: {e.Message}");
        }
    }

    private bool CanMerge(ChunkKind kind, byte[] payload, long fromMs, long toMs)
    {
        try
        {
            payloads.Merge(kind, [payload], fromMs, toMs);
            return true;
        }
        catch (CodecException)
        {
            return false;
        }
    }

    private long Write(ChunkKind kind, MergedPayloads merged)
    {
        foreach (var chunk in merged.Chunks)
        {
            _writer.AddPayload(kind, chunk.MinMs, chunk.MaxMs, chunk.Count, chunk.Bytes);
            _tally.Written += chunk.Count;
        }

        _tally.Read += merged.Read;
        _tally.Duplicates += merged.Duplicates;
        _tally.Conflicts += merged.Conflicts;
        return merged.Read;
    }

    private void DisposeSummaries()
    {
        _readSummaries.Dispose();
        _summaryColumn.Dispose();
        _mergedSummaries.Dispose();
        _spareSummaries.Dispose();
        _pendingSummaries.Dispose();
    }
}
