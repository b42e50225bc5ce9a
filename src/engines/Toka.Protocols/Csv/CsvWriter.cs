using System.Globalization;
using System.Text;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Protocols.Export;

namespace Toka.Protocols.Csv;

/// <summary>CSV: a header, then a row for each sample; times in RFC 3339 with milliseconds. Source: RFC 4180.</summary>
internal sealed class CsvWriter(Stream target, ExportColumns columns) : IExportWriter
{
    private readonly TextOutput _text = new(target);
    private readonly string?[] _values = new string?[columns.Labels.Count];
    private byte[] _labels = [];

    public ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        _text.Append(string.Join(',', [ExportColumns.Time, .. columns.Headers.Select(Cell), ExportColumns.Value]) + "\r\n");
        return ValueTask.CompletedTask;
    }

    public void BeginName(string name, MetricMetadata? metadata)
    {
        // Nothing stands between the names.
    }

    public bool TryBeginSeries(LabelSet labels)
    {
        if (!columns.TryPlace(labels, _values))
        {
            return false;
        }

        _labels = Encoding.UTF8.GetBytes("," + string.Concat(_values.Select(static value => Cell(value ?? "") + ",")));
        return true;
    }

    public async ValueTask WriteAsync(FloatColumn samples, CancellationToken cancellationToken)
    {
        for (var i = 0; i < samples.Count; i++)
        {
            _text.Append(DateTime.UnixEpoch.AddMilliseconds(samples.Timestamps[i]), "yyyy-MM-dd'T'HH:mm:ss.fff'Z'");
            _text.Append(_labels);
            _text.Append(samples.Values[i]);
            _text.Append("\r\n"u8);
            await _text.SendSomeAsync(cancellationToken);
        }
    }

    public ValueTask CompleteAsync(CancellationToken cancellationToken) => _text.SendAsync(cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static string Cell(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : string.Create(CultureInfo.InvariantCulture, $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
}
