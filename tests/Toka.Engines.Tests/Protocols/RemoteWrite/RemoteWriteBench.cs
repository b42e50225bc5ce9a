using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Engines.Tests.Protocols.Otlp;
using Toka.Protocols.RemoteWrite;

namespace Toka.Engines.Tests.Protocols.RemoteWrite;

/// <summary>Makes requests of both versions by hand, decodes them, and shows what came of them.</summary>
internal sealed class RemoteWriteBench(RemoteWriteLimits? limits = null) : IDisposable
{
    public const long TimeMs = 1_700_000_000_123;

    private readonly RemoteWriteDecoder _decoder = new(limits ?? RemoteWriteLimits.Default);

    public WriteBatch Batch { get; } = new();

    public List<string> Rows => [.. Batch.Rows.ToArray().Select(row => FormattableString.Invariant($"{LabelSet.FromEncoded(Batch.LabelsOf(row))} {row.TimestampMs} {row.Value:R}"))];

    public List<(LabelSet Series, long Time, NativeHistogram Histogram)> Histograms =>
        [.. Batch.Histograms.Select(row => (Of(row.Series), row.TimestampMs, row.Histogram))];

    public List<(LabelSet Series, Exemplar Exemplar)> Exemplars =>
        [.. Batch.Exemplars.Select(row => (Of(row.Series), new Exemplar(Of(row.Labels), row.TimestampMs, row.Value)))];

    public List<(LabelSet Series, long Time, long Created)> Created => [.. Batch.Created.Select(row => (Of(row.Series), row.TimestampMs, row.CreatedMs))];

    /// <summary>What was dropped of the last request: "signal reason count".</summary>
    public List<string> Dropped
    {
        get
        {
            var dropped = new List<string>();
            _decoder.CountRefusals((reason, count, signal) => dropped.Add(FormattableString.Invariant($"{signal} {reason} {count}")));
            return dropped;
        }
    }

    public static Proto Series1(params (string Name, string Value)[] labels)
    {
        var series = new Proto();
        foreach (var (name, value) in labels)
        {
            series.Message(1, Label1(name, value));
        }

        return series;
    }

    public static Proto Label1(string name, string value) => new Proto().Text(1, name).Text(2, value);

    public static Proto Sample(double value, long timeMs = TimeMs) => new Proto().Double(1, value).Varint(2, (ulong)timeMs);

    public static byte[] Request1(params Proto[] series)
    {
        var request = new Proto();
        foreach (var one in series)
        {
            request.Message(1, one);
        }

        return request.ToArray();
    }

    public static byte[] Request2(string[] symbols, params Proto[] series)
    {
        // Series first, which is allowed.
        var request = new Proto();
        foreach (var one in series)
        {
            request.Message(5, one);
        }

        foreach (var symbol in symbols)
        {
            request.Text(4, symbol);
        }

        return request.ToArray();
    }

    public static Proto Series2(params ulong[] refs) => new Proto().PackedVarints(1, refs);

    public RemoteWriteDecodeResult Decode(RemoteWriteVersion version, byte[] body)
    {
        Batch.Clear();
        return _decoder.Decode(version, body, Batch);
    }

    public RemoteWriteDecodeResult Decode1(params Proto[] series) => Decode(RemoteWriteVersion.V1, Request1(series));

    public RemoteWriteDecodeResult Decode2(string[] symbols, params Proto[] series) => Decode(RemoteWriteVersion.V2, Request2(symbols, series));

    public void Dispose() => Batch.Dispose();

    private LabelSet Of(in RowLabels labels) => LabelSet.FromEncoded(Batch.LabelsOf(labels));
}
