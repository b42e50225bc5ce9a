using System.Net;
using System.Net.Http.Headers;
using Snappier;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Core.Series;
using Toka.Protocols.RemoteWrite;

namespace Toka.Features.Tests.Forwarding;

/// <summary>
/// A remote that decodes and keeps what it is sent, and answers as a test tells it. A request that it refuses is not kept.
/// </summary>
internal sealed class FakeRemote : HttpMessageHandler
{
    private readonly Lock _lock = new();
    private readonly RemoteWriteDecoder _decoder = new(new RemoteWriteLimits());
    private readonly List<Taken> _taken = [];
    private readonly List<Request> _requests = [];
    private readonly Dictionary<string, MetricMetadata> _metadata = [];
    private TimeProvider _time = TimeProvider.System;

    /// <summary>Answers the request of a number, counted from 0; null for 204, or 200 with the headers of 2.0.</summary>
    public Func<int, Request, Task<HttpResponseMessage?>> Answer { get; set; } = static (_, _) => Task.FromResult<HttpResponseMessage?>(null);

    /// <summary>Whether it says what it has written, as who knows 2.0 does.</summary>
    public bool Knows2 { get; set; } = true;

    public IReadOnlyList<Taken> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _taken];
            }
        }
    }

    public IReadOnlyList<Request> Requests
    {
        get
        {
            lock (_lock)
            {
                return [.. _requests];
            }
        }
    }

    public IReadOnlyDictionary<string, MetricMetadata> Metadata
    {
        get
        {
            lock (_lock)
            {
                return new Dictionary<string, MetricMetadata>(_metadata);
            }
        }
    }

    public HttpMessageInvoker Connect(TimeProvider time)
    {
        _time = time;
        return new HttpMessageInvoker(this, disposeHandler: false);
    }

    public static HttpResponseMessage Status(int status, string text = "", TimeSpan? retryAfter = null)
    {
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(text) };
        response.Headers.RetryAfter = retryAfter is { } delta ? new RetryConditionHeaderValue(delta) : null;
        return response;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage message, CancellationToken cancellationToken)
    {
        var body = await message.Content!.ReadAsByteArrayAsync(cancellationToken);
        var isV2 = message.Content.Headers.ContentType!.Parameters.Any(static p => p.Value == "io.prometheus.write.v2.Request");
        Assert.Equal("snappy", Assert.Single(message.Content.Headers.ContentEncoding));
        Assert.Equal(isV2 ? "2.0.0" : "0.1.0", Assert.Single(message.Headers.GetValues("X-Prometheus-Remote-Write-Version")));
        var request = new Request(isV2, _time.GetUtcNow(), Decode(body, isV2, out var metadata), message.Headers.ToDictionary(static h => h.Key, static h => string.Join(',', h.Value)));
        int number;
        lock (_lock)
        {
            number = _requests.Count;
            _requests.Add(request);
        }

        var answer = await Answer(number, request).WaitAsync(cancellationToken);
        if (answer is not null && !answer.IsSuccessStatusCode)
        {
            return answer;
        }

        answer ??= new HttpResponseMessage(HttpStatusCode.NoContent);
        if (isV2 && Knows2)
        {
            answer.Headers.Add("X-Prometheus-Remote-Write-Samples-Written", request.Items.Count(static i => i.Kind == "sample").ToString());
            answer.Headers.Add("X-Prometheus-Remote-Write-Histograms-Written", request.Items.Count(static i => i.Kind == "histogram").ToString());
            answer.Headers.Add("X-Prometheus-Remote-Write-Exemplars-Written", request.Items.Count(static i => i.Kind == "exemplar").ToString());
        }

        if (!isV2 || Knows2)
        {
            lock (_lock)
            {
                _taken.AddRange(request.Items);
                metadata.ForEach(m => _metadata[m.Family] = m);
            }
        }

        return answer;
    }

    private List<Taken> Decode(byte[] body, bool isV2, out List<MetricMetadata> metadata)
    {
        using var batch = new WriteBatch();
        lock (_lock)
        {
            var result = _decoder.Decode(isV2 ? RemoteWriteVersion.V2 : RemoteWriteVersion.V1, Snappy.DecompressToArray(body), batch);
            Assert.Equal(0, result.Refused);
        }

        metadata = [.. batch.Metadata];
        return Taken.Of(batch);
    }
}

/// <summary>A request as it came.</summary>
internal sealed record Request(bool IsV2, DateTimeOffset At, IReadOnlyList<Taken> Items, IReadOnlyDictionary<string, string> Headers);

/// <summary>One sample, histogram or exemplar.</summary>
internal sealed record Taken(string Kind, string Series, long TimeMs, ulong Bits, string Other, long CreatedMs)
{
    /// <summary>Everything that a batch holds.</summary>
    public static List<Taken> Of(WriteBatch batch)
    {
        var created = batch.Created.ToLookup(row => (Text(batch.LabelsOf(row.Series)), row.TimestampMs), static row => row.CreatedMs);
        var taken = new List<Taken>();
        foreach (var row in batch.Rows)
        {
            var series = Text(batch.LabelsOf(row));
            taken.Add(new Taken("sample", series, row.TimestampMs, BitConverter.DoubleToUInt64Bits(row.Value), "", created[(series, row.TimestampMs)].FirstOrDefault()));
        }

        foreach (var row in batch.Histograms)
        {
            var series = Text(batch.LabelsOf(row.Series));
            var histogram = row.Histogram;
            var text = $"{histogram.Layout.Schema} {histogram.Layout.ZeroThreshold} {histogram.ZeroCount} {histogram.Count} {histogram.Sum} {histogram.ResetHint} {string.Join(',', histogram.Buckets.ToArray())}";
            taken.Add(new Taken("histogram", series, row.TimestampMs, 0, text, created[(series, row.TimestampMs)].FirstOrDefault()));
        }

        foreach (var row in batch.Exemplars)
        {
            taken.Add(new Taken("exemplar", Text(batch.LabelsOf(row.Series)), row.TimestampMs, BitConverter.DoubleToUInt64Bits(row.Value), Text(batch.LabelsOf(row.Labels)), 0));
        }

        return taken;
    }

    private static string Text(ReadOnlySpan<byte> labels) => LabelSet.FromEncoded(labels).ToString();
}
