using System.Text;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Protocols.Export;

namespace Toka.Protocols.OpenMetrics;

/// <summary>
/// OpenMetrics text 1.0 with timestamps. Each name is a family of its own, so that families never mix: a counter, a gauge,
/// or unknown; the series of a classic histogram are three unknown families. Source: OpenMetrics 1.0, "Text format".
/// </summary>
internal sealed class OpenMetricsWriter(Stream target) : IExportWriter
{
    private const string CounterSuffix = "_total";

    private readonly TextOutput _text = new(target);
    private byte[] _series = [];

    public ValueTask BeginAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public void BeginName(string name, MetricMetadata? metadata)
    {
        if (name.Length == 0)
        {
            return;
        }

        var isCounter = metadata?.Type == MetricType.Counter && name.EndsWith(CounterSuffix, StringComparison.Ordinal) && name.Length > CounterSuffix.Length;
        var family = isCounter ? name[..^CounterSuffix.Length] : name;
        var shown = NameText(family);
        var type = isCounter ? "counter" : metadata?.Type == MetricType.Gauge ? "gauge" : "unknown";
        _text.Append($"# TYPE {shown} {type}\n");
        if (metadata is { Unit.Length: > 0 } && family.EndsWith("_" + metadata.Unit, StringComparison.Ordinal))
        {
            _text.Append($"# UNIT {shown} {metadata.Unit}\n");
        }

        if (metadata is { Help.Length: > 0 })
        {
            _text.Append($"# HELP {shown} {Escaped(metadata.Help)}\n");
        }
    }

    public bool TryBeginSeries(LabelSet labels)
    {
        if (!labels.TryGet(LabelSet.MetricName, out _))
        {
            return false;
        }

        _series = Encoding.UTF8.GetBytes(labels + " ");
        return true;
    }

    public async ValueTask WriteAsync(FloatColumn samples, CancellationToken cancellationToken)
    {
        for (var i = 0; i < samples.Count; i++)
        {
            _text.Append(_series);
            _text.Append(samples.Values[i]);
            _text.Append((byte)' ');
            AppendSeconds(samples.Timestamps[i]);
            _text.Append((byte)'\n');
            await _text.SendSomeAsync(cancellationToken);
        }
    }

    public ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        _text.Append("# EOF\n"u8);
        return _text.SendAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>A family's name as it stands in the lines of its description: in quotes where the alphabet of OpenMetrics does not hold it.</summary>
    private static string NameText(string name)
    {
        var text = LabelSet.Of((LabelSet.MetricName, name)).ToString();
        return text[0] == '{' ? text[1..^1] : text;
    }

    private static string Escaped(string help) => help
        .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private void AppendSeconds(long ms)
    {
        if (ms < 0)
        {
            _text.Append((byte)'-');
        }

        var (seconds, rest) = Math.DivRem(ms, 1000);
        _text.Append(Math.Abs(seconds), "D");
        if (rest != 0)
        {
            _text.Append((byte)'.');
            _text.Append(Math.Abs(rest), "D3");
        }
    }
}
