using System.Net.Http.Headers;
using System.Text;
using Snappier;

namespace Toka.Load.Wire;

/// <summary>Sends samples by Prometheus remote write 1.0: protobuf under snappy.</summary>
internal static class RemoteWrite
{
    public static Task SendAsync(HttpClient http, string path, IReadOnlyList<SeriesSamples> series) => SendAsync(http, path, Body(series));

    /// <summary>The body of a request.</summary>
    public static byte[] Body(IEnumerable<SeriesSamples> series)
    {
        var request = new ProtoWriter();
        var one = new ProtoWriter();
        var part = new ProtoWriter();
        foreach (var (labels, times, values) in series)
        {
            one.Clear();
            foreach (var label in labels)
            {
                part.Clear();
                part.Text(1, Encoding.UTF8.GetString(label.Name));
                part.Text(2, Encoding.UTF8.GetString(label.Value));
                one.Message(1, part);
            }

            for (var i = 0; i < times.Length; i++)
            {
                part.Clear();
                part.Double(1, values.Span[i]);
                part.Number(2, times.Span[i]);
                one.Message(2, part);
            }

            request.Message(1, one);
        }

        return Snappy.CompressToArray(request.Written);
    }

    /// <summary>Sends a body; fails with the answer where not all of it was taken.</summary>
    public static async Task SendAsync(HttpClient http, string path, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        content.Headers.ContentEncoding.Add("snappy");
        content.Headers.Add("X-Prometheus-Remote-Write-Version", "0.1.0");
        using var response = await http.PostAsync(new Uri(path, UriKind.Relative), content);
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{http.BaseAddress}{path} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        }
    }
}
