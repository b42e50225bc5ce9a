using System.Net.Http.Headers;
using System.Text;

namespace Toka.Load.Wire;

/// <summary>Sends samples as gauges by OTLP over HTTP, one metric a name.</summary>
internal static class OtlpWrite
{
    public static async Task SendAsync(HttpClient http, IReadOnlyList<SeriesSamples> series)
    {
        var scope = new ProtoWriter();
        var metric = new ProtoWriter();
        var gauge = new ProtoWriter();
        var point = new ProtoWriter();
        var pair = new ProtoWriter();
        var value = new ProtoWriter();
        foreach (var family in series.GroupBy(static s => s.Labels["__name__"]))
        {
            gauge.Clear();
            foreach (var (labels, times, values) in family)
            {
                for (var i = 0; i < times.Length; i++)
                {
                    point.Clear();
                    point.Fixed64(3, (ulong)times.Span[i] * 1_000_000);
                    point.Double(4, values.Span[i]);
                    foreach (var label in labels)
                    {
                        if (label.Name.SequenceEqual("__name__"u8))
                        {
                            continue;
                        }

                        value.Clear();
                        value.Bytes(1, label.Value);
                        pair.Clear();
                        pair.Bytes(1, label.Name);
                        pair.Message(2, value);
                        point.Message(7, pair);
                    }

                    gauge.Message(1, point);
                }
            }

            metric.Clear();
            metric.Text(1, family.Key);
            metric.Message(5, gauge);
            scope.Message(2, metric);
        }

        var resource = new ProtoWriter();
        resource.Message(2, scope);
        var request = new ProtoWriter();
        request.Message(1, resource);
        using var content = new ByteArrayContent(request.Written.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        using var response = await http.PostAsync(new Uri("v1/metrics", UriKind.Relative), content);
        var body = await response.Content.ReadAsByteArrayAsync();
        if (!response.IsSuccessStatusCode || body.Length > 0)
        {
            // Anything in the answer is a partial success: the figures would not be of the same data.
            throw new InvalidOperationException($"{http.BaseAddress} answered {(int)response.StatusCode}: {Encoding.UTF8.GetString(body)}");
        }
    }
}
