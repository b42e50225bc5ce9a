using System.Globalization;
using System.Text;
using Toka.Core.Attributes;
using Toka.Core.Logs;
using Toka.Core.Spans;

namespace Toka.Tests.Events;

/// <summary>Makes spans and log records for tests, from words.</summary>
internal static class SpanBatches
{
    /// <summary>Attributes from values of C#: text, bool, int, long, double.</summary>
    public static byte[] AttributesOf(params (string Key, object? Value)[] attributes)
    {
        if (attributes.Length == 0)
        {
            return [];
        }

        var text = new StringBuilder("{");
        foreach (var (key, value) in attributes)
        {
            text.Append(text.Length > 1 ? "," : "").Append(Json(key)).Append(':').Append(value switch
            {
                null => "null",
                string one => Json(one),
                bool one => one ? "true" : "false",
                double one => Number(one),
                _ => Convert.ToString(value, CultureInfo.InvariantCulture),
            });
        }

        return Encoding.UTF8.GetBytes(text.Append('}').ToString());
    }

    /// <summary>An origin of a service.</summary>
    public static Origin From(string service, params (string Key, object? Value)[] resource) =>
        new(AttributesOf([("service.name", service), .. resource]), "", "", default);

    /// <summary>Events as a span carries them.</summary>
    public static byte[] EventsOf(params (long TimeNs, string Name, (string Key, object? Value)[] Attributes)[] events) => Encoding.UTF8.GetBytes(
        "[" + string.Join(',', events.Select(one => string.Create(CultureInfo.InvariantCulture, $$"""{"t":{{one.TimeNs}},"n":{{Json(one.Name)}}""")
            + (one.Attributes.Length > 0 ? ",\"a\":" + Encoding.UTF8.GetString(AttributesOf(one.Attributes)) : "") + "}")) + "]");

    /// <summary>Links as a span carries them.</summary>
    public static byte[] LinksOf(params (TraceId Trace, SpanId Span, (string Key, object? Value)[] Attributes)[] links) => Encoding.UTF8.GetBytes(
        "[" + string.Join(',', links.Select(one => $"{{\"i\":\"{one.Trace}\",\"s\":\"{one.Span}\""
            + (one.Attributes.Length > 0 ? ",\"a\":" + Encoding.UTF8.GetString(AttributesOf(one.Attributes)) : "") + "}")) + "]");

    /// <summary>A batch of spans.</summary>
    public static SpanBatch Of(params IEnumerable<SpanRecord> spans)
    {
        var batch = new SpanBatch();
        foreach (var span in spans)
        {
            batch.Add(new SpanRow
            {
                TraceId = span.TraceId,
                SpanId = span.SpanId,
                ParentId = span.ParentId,
                StartNs = span.StartNs,
                DurationNs = span.DurationNs,
                Origin = batch.AddOrigin(span.Origin),
                Flags = span.Flags,
                Dropped = span.Dropped,
                Kind = span.Kind,
                Status = span.Status,
                Name = batch.Bytes.Add(Encoding.UTF8.GetBytes(span.Name)),
                StatusMessage = batch.Bytes.Add(Encoding.UTF8.GetBytes(span.StatusMessage)),
                TraceState = batch.Bytes.Add(Encoding.UTF8.GetBytes(span.TraceState)),
                Attributes = batch.Bytes.Add(span.Attributes.Span),
                Events = batch.Bytes.Add(span.Events.Span),
                Links = batch.Bytes.Add(span.Links.Span),
            });
        }

        return batch;
    }

    /// <summary>A batch of log records.</summary>
    public static LogBatch Of(params IEnumerable<LogRecord> logs)
    {
        var batch = new LogBatch();
        foreach (var log in logs)
        {
            batch.Add(new LogRow
            {
                TimeNs = log.TimeNs,
                ObservedNs = log.ObservedNs,
                TraceId = log.TraceId,
                SpanId = log.SpanId,
                Origin = batch.AddOrigin(log.Origin),
                Flags = log.Flags,
                Dropped = log.Dropped,
                Severity = log.Severity,
                SeverityText = batch.Bytes.Add(Encoding.UTF8.GetBytes(log.SeverityText)),
                EventName = batch.Bytes.Add(Encoding.UTF8.GetBytes(log.EventName)),
                Body = batch.Bytes.Add(Encoding.UTF8.GetBytes(log.Body)),
                Attributes = batch.Bytes.Add(log.Attributes.Span),
            });
        }

        return batch;
    }

    private static string Number(double number)
    {
        var bytes = new byte[40];
        return Encoding.UTF8.GetString(bytes, 0, AttributeJson.Write(number, bytes));
    }

    private static string Json(string text) => "\"" + System.Text.Json.JsonEncodedText.Encode(text) + "\"";
}
