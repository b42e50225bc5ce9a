using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Protocols.Csv;
using Toka.Protocols.OpenMetrics;
using Toka.Protocols.Parquet;

namespace Toka.Protocols.Export;

/// <summary>
/// Exports series: name by name, each series whole and by time, as a stream. Memory does not grow with the answer: of a
/// name, the labels are in memory; of a series, the samples of one slice of time.
/// </summary>
/// <param name="reader">Where the series are.</param>
/// <param name="request">What to export.</param>
public sealed class SeriesExport(ISeriesReader reader, ExportRequest request) : IDisposable
{
    /// <summary>A slice of time: of a series sampled each second it holds 1.4 million samples, 21 MiB.</summary>
    private const long SliceMs = 16L * 24 * 60 * 60 * 1000;

    /// <summary>The most slices, about four years; what is older is one more. Each costs a selection a name.</summary>
    private const int SlicesMax = 92;

    /// <summary>The years 1 to 9999: what a calendar writes.</summary>
    private const long FirstMs = -62_135_596_800_000, LastMs = 253_402_300_799_999;

    private readonly long _fromMs = Math.Max(request.FromMs, FirstMs);
    private readonly long _toMs = Math.Min(request.ToMs, LastMs);
    private readonly FloatColumn _column = new();
    private readonly HistogramColumn _histogramColumn = new();
    private readonly SortedSet<string> _warnings = new(StringComparer.Ordinal);
    private IReadOnlyList<string> _names = [];
    private ExportColumns? _columns;
    private long _series;
    private long _samples;
    private long _stale;
    private long _histograms;
    private long _leftOut;

    /// <summary>Finds the names and lays out the columns: what can be refused is refused here, before the first byte.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="Core.Errors.LimitExceededException">The table would have too many columns.</exception>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var select = new SelectRequest { Matchers = request.Matchers, FromMs = _fromMs, ToMs = _toMs };
        _names = await reader.LabelValuesAsync(LabelSet.MetricName, select, cancellationToken);
        if (request.Format != ExportFormat.OpenMetrics)
        {
            _columns = new ExportColumns(await reader.LabelNamesAsync(select, cancellationToken));
        }
    }

    /// <summary>Writes everything; call <see cref="PrepareAsync"/> before, and this once.</summary>
    /// <param name="target">Where to; not closed.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<ExportReport> WriteAsync(Stream target, CancellationToken cancellationToken)
    {
        await using var writer = WriterTo(target);
        await writer.BeginAsync(cancellationToken);
        foreach (var name in _names.Append(""))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await WriteNameAsync(name, writer, cancellationToken);
        }

        await writer.CompleteAsync(cancellationToken);
        return new ExportReport(_series, _samples, _stale, _histograms, _leftOut, [.. _warnings]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _column.Dispose();
        _histogramColumn.Dispose();
    }

    /// <summary>The slices of a range, ascending; together they are the range.</summary>
    internal static List<(long FromMs, long ToMs)> SlicesOf(long fromMs, long toMs)
    {
        var slices = new List<(long, long)>();
        var end = toMs;
        while (slices.Count < SlicesMax && end - fromMs >= SliceMs)
        {
            slices.Add((end - SliceMs + 1, end));
            end -= SliceMs;
        }

        if (end >= fromMs)
        {
            slices.Add((fromMs, end));
        }

        slices.Reverse();
        return slices;
    }

    private IExportWriter WriterTo(Stream target) => request.Format switch
    {
        ExportFormat.OpenMetrics => new OpenMetricsWriter(target),
        ExportFormat.Csv => new CsvWriter(target, ColumnsLaidOut()),
        _ => new ParquetExportWriter(target, ColumnsLaidOut()),
    };

    private ExportColumns ColumnsLaidOut() => _columns ?? throw new InvalidOperationException("BUG: an export is written before it is prepared.");

    private async Task WriteNameAsync(string name, IExportWriter writer, CancellationToken cancellationToken)
    {
        LabelMatcher[] matchers = [.. request.Matchers, new LabelMatcher(LabelSet.MetricName, MatchOperator.Equal, name)];
        var slices = new List<Slice>();
        try
        {
            foreach (var (from, to) in SlicesOf(_fromMs, _toMs))
            {
                var set = await reader.SelectAsync(new SelectRequest { Matchers = matchers, FromMs = from, ToMs = to }, cancellationToken);
                if (set.Count == 0)
                {
                    _warnings.UnionWith(set.Warnings);
                    set.Dispose();
                    continue;
                }

                slices.Add(new Slice(set));
            }

            if (slices.Count > 0)
            {
                await WriteSeriesAsync(name, slices, writer, cancellationToken);
            }
        }
        finally
        {
            // Damage is found when series are read, so the warnings come after.
            foreach (var slice in slices)
            {
                _warnings.UnionWith(slice.Set.Warnings);
                slice.Set.Dispose();
            }
        }
    }

    private async Task WriteSeriesAsync(string name, List<Slice> slices, IExportWriter writer, CancellationToken cancellationToken)
    {
        writer.BeginName(name, name.Length > 0 && reader.Metadata(name, 1) is [var known, ..] ? known : null);
        while (slices.Min(static slice => slice.Labels) is { } labels)
        {
            var isHeld = writer.TryBeginSeries(labels);
            var before = _samples;
            foreach (var slice in slices)
            {
                if (!labels.Equals(slice.Labels))
                {
                    continue;
                }

                if (isHeld)
                {
                    _column.Clear();
                    slice.Read(_column);
                    _histogramColumn.Clear();
                    slice.Read(_histogramColumn);
                    _histograms += _histogramColumn.Count;
                    DropStaleMarkers();
                    _samples += _column.Count;
                    await writer.WriteAsync(_column, cancellationToken);
                }

                slice.Advance();
            }

            _series += _samples > before ? 1 : 0;
            _leftOut += isHeld ? 0 : 1;
        }
    }

    private void DropStaleMarkers()
    {
        if (!HasMarker(_column.Values))
        {
            return;
        }

        var (times, values) = (_column.Timestamps.ToArray(), _column.Values.ToArray());
        _column.Clear();
        for (var i = 0; i < times.Length; i++)
        {
            if (StaleMarker.Is(values[i]))
            {
                _stale++;
            }
            else
            {
                _column.Add(times[i], values[i]);
            }
        }

        static bool HasMarker(ReadOnlySpan<double> values)
        {
            foreach (var value in values)
            {
                if (StaleMarker.Is(value))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>The series of a name in one slice of time, walked in the order of their labels.</summary>
    private sealed class Slice(SeriesSet set)
    {
        private int _at;

        public SeriesSet Set => set;

        /// <summary>The series it stands at; null behind the last.</summary>
        public LabelSet? Labels { get; private set; } = set.LabelsOf(0);

        public void Read(FloatColumn into) => set.ReadFloats(_at, into);

        public void Read(HistogramColumn into) => set.ReadHistograms(_at, into);

        public void Advance()
        {
            _at++;
            Labels = _at < set.Count ? set.LabelsOf(_at) : null;
        }
    }
}
