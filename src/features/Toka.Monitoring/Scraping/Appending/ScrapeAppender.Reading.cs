using System.IO.Hashing;
using System.Text;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Protocols.Exposition;

namespace Toka.Monitoring.Scraping.Appending;

/// <content>The walk over a body.</content>
internal sealed partial class ScrapeAppender
{
    private SeriesEntry? _segment;
    private bool _isNativePending;

    private void ReadText(ExpositionTextReader reader)
    {
        _segment = null;
        while (reader.Next())
        {
            switch (reader.Entry)
            {
                case ExpositionEntry.Sample:
                    TakeSample(ref reader);
                    break;
                case ExpositionEntry.Created:
                    TakeCreated(ref reader);
                    break;
                case ExpositionEntry.Type:
                    _families.Type(reader.Family, reader.Type);
                    _segment = null;
                    break;
                case ExpositionEntry.Help:
                    if (_families.IsNewHelp(reader.Family, reader.Text))
                    {
                        _families.SetHelp(reader.ReadHelp());
                    }

                    break;
                case ExpositionEntry.Unit:
                    _families.Unit(reader.Family, reader.Text);
                    break;
                case ExpositionEntry.Fault:
                    NoteFault(_message is null ? "line " + reader.Fault : "");
                    break;
            }
        }
    }

    private void TakeSample(ref ExpositionTextReader reader)
    {
        _scraped++;
        var kind = KindOf(reader.Type);
        var key = reader.Series;
        var entry = _series.Find(key, kind);
        if (entry is null)
        {
            _labels.Clear();
            reader.ReadLabels(_labels);
            for (var i = 0; _rules.HonorLabels && i < _resolver.IsWritten.Length; i++)
            {
                _resolver.IsWritten[i] = reader.HasLabel(_resolver.TargetNames[i]);
            }

            entry = AddSeries(key, kind);
        }

        _segment ??= entry;
        if (!Take(entry, reader.Value, reader.TimestampMs))
        {
            return;
        }

        TellCreated(entry, reader.CreatedMs, _batch.Rows[^1].TimestampMs);
        if (reader.HasExemplar)
        {
            _exemplarLabels.Clear();
            reader.ReadExemplarLabels(_exemplarLabels);
            TakeExemplar(entry, reader.ExemplarTimestampMs, reader.ExemplarValue, _batch.Rows[^1].TimestampMs, isOnly: true);
        }
    }

    private void ReadProtobuf(ExpositionProtobufReader reader)
    {
        _isNativePending = false;
        while (reader.Next())
        {
            switch (reader.Entry)
            {
                case ExpositionEntry.Sample:
                    TakeSample(ref reader);
                    break;
                case ExpositionEntry.Type:
                    _families.Type(reader.Family, reader.Type);
                    break;
                case ExpositionEntry.Help:
                    if (_families.IsNewHelp(reader.Family, reader.Text))
                    {
                        _families.SetHelp(reader.ReadHelp());
                    }

                    break;
                case ExpositionEntry.Unit:
                    _families.Unit(reader.Family, reader.Text);
                    break;
                case ExpositionEntry.Fault:
                    NoteFault(_message is null ? FormattableString.Invariant($"message {reader.Fault.Line}, byte {reader.Fault.Column}: {reader.Fault.Message}") : "");
                    break;
            }
        }

        RefusePendingNative();
        _refusals[(int)ScrapeRefusal.BadExemplar] += reader.ExemplarsRefused;
        _refusals[(int)ScrapeRefusal.BadCreated] += reader.CreatedRefused;
    }

    private void TakeSample(ref ExpositionProtobufReader reader)
    {
        if (reader.IsClassicBesideNative)
        {
            _isNativePending = false;
            if (_rules is { KeepsNative: true, KeepsClassicBesideNative: false })
            {
                return;
            }
        }

        RefusePendingNative();
        _scraped++;
        if (reader.Histogram is not null && !_rules.KeepsNative)
        {
            // Its classic buckets, if any, are the next samples and count in its place.
            _isNativePending = true;
            return;
        }

        var kind = reader.Histogram is null ? SeriesKind.Plain : SeriesKind.Native;
        var key = reader.Series;
        var entry = _series.Find(key, kind);
        if (entry is null)
        {
            _labels.Clear();
            reader.ReadLabels(_labels);
            for (var i = 0; _rules.HonorLabels && i < _resolver.IsWritten.Length; i++)
            {
                _resolver.IsWritten[i] = reader.HasLabel(_resolver.TargetNames[i]);
            }

            entry = AddSeries(key, kind);
        }

        if (!Take(entry, reader.Value, reader.TimestampMs, reader.Histogram))
        {
            return;
        }

        var at = reader.Histogram is null ? _batch.Rows[^1].TimestampMs : _batch.Histograms[^1].TimestampMs;
        TellCreated(entry, reader.CreatedMs, at);
        while (reader.NextExemplar())
        {
            _exemplarLabels.Clear();
            reader.ReadExemplarLabels(_exemplarLabels);
            TakeExemplar(entry, reader.ExemplarTimestampMs, reader.ExemplarValue, at, isOnly: reader.Histogram is null);
        }
    }

    private void RefusePendingNative()
    {
        _refusals[(int)ScrapeRefusal.NativeHistogramOff] += _isNativePending ? 1 : 0;
        _isNativePending = false;
    }

    /// <summary>Adds an exemplar, unless it is the one that the series had the last time.</summary>
    private void TakeExemplar(SeriesEntry entry, long? time, double value, long sampleTime, bool isOnly)
    {
        if (isOnly)
        {
            Span<byte> encoded = stackalloc byte[512];
            var length = _exemplarLabels.EncodedLength;
            if (length <= encoded.Length)
            {
                _exemplarLabels.WriteTo(encoded);
                var hash = XxHash3.HashToUInt64(encoded[..length], HashCode.Combine(value, time));
                if (hash == entry.ExemplarHash)
                {
                    return;
                }

                entry.ExemplarHash = hash;
            }
        }

        _batch.AddExemplar(entry.Labels!, _exemplarLabels, time ?? sampleTime, value);
    }

    /// <summary>Tells when a counter began, where that is news.</summary>
    private void TellCreated(SeriesEntry entry, long? created, long time)
    {
        if (created is { } began && began != entry.CreatedMs && began <= time)
        {
            entry.CreatedMs = began;
            _batch.AddCreated(entry.Labels!, time, began);
        }
    }

    /// <summary>A line <c>_created</c>: it is about the counters of the same labels, which it mostly follows.</summary>
    private void TakeCreated(ref ExpositionTextReader reader)
    {
        var key = reader.Series;
        var entry = _series.Find(key, SeriesKind.Created);
        if (entry is null)
        {
            entry = new SeriesEntry(key.ToArray(), SeriesKind.Created, KeyedCache<SeriesEntry>.HashOf(key, SeriesKind.Created));
            if (_breach == ScrapeOutcome.Good)
            {
                _series.Add(entry);
            }
        }

        // A second time, as a line that stands before its samples has none in the first body.
        if (entry.Counters.Length == 0 && entry.Searches < 2)
        {
            entry.Searches++;
            entry.Counters = CountersOf(key, reader.MetricName.Length, KindOf(reader.Type));
        }

        _segment = null;
        entry.SeenIn = _body;
        if (reader.CreatedMs is not { } created || entry.Counters.Length == 0)
        {
            _refusals[(int)ScrapeRefusal.BadCreated]++;
            return;
        }

        foreach (var counter in entry.Counters)
        {
            if (counter.SeenIn == _body && counter.Labels is not null && _breach == ScrapeOutcome.Good)
            {
                TellCreated(counter, created, _timeMs);
            }
        }
    }

    /// <summary>The counters that a line is about: of the samples since the line before or the type, those with its labels.</summary>
    private SeriesEntry[] CountersOf(ReadOnlySpan<byte> key, int nameLength, int kind)
    {
        // Written without quotes around its name, as all lines are that were seen so far; others tell their start with st@.
        const int SuffixLength = 8;
        if (nameLength <= SuffixLength || !key[..nameLength].EndsWith("_created"u8))
        {
            return [];
        }

        var family = key[..(nameLength - SuffixLength)];
        var labels = key[nameLength..];
        var counters = new List<SeriesEntry>();
        for (var entry = _segment; entry is not null && entry.SeenIn == _body; entry = ReferenceEquals(entry, _series.Last) ? null : entry.Following)
        {
            if (entry.Labels is not null && entry.Kind == kind && IsCounterOf(entry.Key, family, labels))
            {
                counters.Add(entry);
            }
        }

        if (counters.Count == 0)
        {
            foreach (var suffix in (ReadOnlySpan<string>)["_total", "_count", "_sum"])
            {
                if (_series.Look([.. family, .. Encoding.ASCII.GetBytes(suffix), .. labels], kind) is { Labels: not null } entry)
                {
                    counters.Add(entry);
                }
            }
        }

        return [.. counters];
    }

    private static bool IsCounterOf(ReadOnlySpan<byte> series, ReadOnlySpan<byte> family, ReadOnlySpan<byte> labels)
    {
        if (!series.StartsWith(family))
        {
            return false;
        }

        var rest = series[family.Length..];
        foreach (var suffix in (ReadOnlySpan<string>)["_total", "_count", "_sum"])
        {
            if (rest.Length == suffix.Length + labels.Length && rest.EndsWith(labels) && Ascii.Equals(rest[..suffix.Length], suffix))
            {
                return true;
            }
        }

        return rest.StartsWith("_bucket{"u8) && IsBucketOf(rest["_bucket"u8.Length..], labels);
    }

    /// <summary>Whether labels are others and a <c>le</c>.</summary>
    private static bool IsBucketOf(ReadOnlySpan<byte> bucket, ReadOnlySpan<byte> labels)
    {
        var at = bucket.StartsWith("{le=\""u8) ? 1 : bucket.IndexOf(",le=\""u8) + 1;
        var end = at > 0 ? bucket[(at + 4)..].IndexOf((byte)'"') : -1;
        if (end < 0)
        {
            return false;
        }

        // What stands before the label, and after it: a comma is left on one side at most.
        var before = bucket[..at];
        var after = bucket[(at + 4 + end + 1)..];
        if (before.Length == 1 && after is [(byte)'}'])
        {
            return labels.IsEmpty || labels.SequenceEqual("{}"u8);
        }

        if (after[0] == ',')
        {
            after = after[1..];
        }
        else
        {
            before = before[..^1];
        }

        return labels.Length == before.Length + after.Length && labels.StartsWith(before) && labels.EndsWith(after);
    }

    private static int KindOf(ExpositionType type) => type switch
    {
        ExpositionType.Histogram or ExpositionType.GaugeHistogram => SeriesKind.OfHistogram,
        ExpositionType.Summary => SeriesKind.OfSummary,
        _ => SeriesKind.Plain,
    };
}
