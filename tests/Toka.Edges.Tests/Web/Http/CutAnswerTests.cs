using System.Net;
using Microsoft.Extensions.Time.Testing;
using Toka.Core.Errors;
using Toka.Edges.Tests.Web.Prometheus;

namespace Toka.Edges.Tests.Web.Http;

/// <summary>Answers that end before they are whole: whose fault it was can be counted on.</summary>
public sealed class CutAnswerTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddDays(20_000));
    private readonly Lines _log = new();
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _second = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task An_answer_that_has_begun_when_its_time_is_over_is_cut_and_no_fault_of_ours()
    {
        await using var host = await StartAsync(WaitAsync);
        using var response = await BeginAsync(host);
        await _second.Task;
        _time.Advance(host.Services.Limits.QueryTimeout);
        await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        await host.StopAsync();
        AssertCounted(host, "timeout");
        Assert.Contains(_log.Written, static line => line.Contains("/api/v1/read was cut: The request took longer than it may", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_answer_that_reaches_a_limit_after_it_has_begun_is_cut_and_no_fault_of_ours()
    {
        await using var host = await StartAsync(_ => ThrowAsync(new LimitExceededException("series", "too many") { Needed = 7 }));
        using var response = await BeginAsync(host);
        _begun.SetResult();
        await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        await host.StopAsync();
        AssertCounted(host, "limit");
        Assert.Contains(_log.Written, static line => line.Contains("finds at least 7 series; the limit query.series_max is", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_that_goes_away_is_no_fault_of_ours()
    {
        await using var host = await StartAsync(WaitAsync);
        using (await BeginAsync(host))
        {
            await _second.Task;
        }

        await host.StopAsync();
        AssertCounted(host, "client");
        Assert.Empty(_log.Written);
    }

    [Fact]
    public async Task What_breaks_after_the_answer_has_begun_is_our_fault()
    {
        await using var host = await StartAsync(_ => ThrowAsync(new InvalidOperationException("broken")));
        using var response = await BeginAsync(host);
        _begun.SetResult();
        await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        await host.StopAsync();
        Assert.Equal(1, host.Services.Self.Counter("toka_http_faults_total", "").Value);
        Assert.Equal("POST /api/v1/read failed", Assert.Single(_log.Errors));
    }

    [Fact]
    public async Task Before_an_answer_has_begun_the_end_of_its_time_is_told()
    {
        await using var host = await WebHost.StartAsync(s => s with
        {
            Time = _time,
            Series = new StagedSeries((_, cancellationToken) => WaitAsync(cancellationToken)),
        });
        var answer = host.GetAsync("api/v1/series?match[]=up");
        await _second.Task;
        _time.Advance(host.Services.Limits.QueryTimeout);
        var (status, body) = await answer;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("\"errorType\":\"timeout\"", body, StringComparison.Ordinal);
    }

    /// <summary>Two queries of a streamed remote read: the first is sent, and a test says what becomes of the second.</summary>
    private Task<WebHost> StartAsync(Func<CancellationToken, Task> second) => WebHost.StartAsync(s => s with
    {
        Time = _time,
        Log = _log,
        Series = new StagedSeries((number, cancellationToken) => number == 0 ? Task.CompletedTask : second(cancellationToken)),
    });

    private Task WaitAsync(CancellationToken cancellationToken)
    {
        _second.TrySetResult();
        return Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
    }

    /// <summary>Once the client has the beginning: a cut connection may take away what was sent just before.</summary>
    private async Task ThrowAsync(Exception exception)
    {
        await _begun.Task;
        throw exception;
    }

    private static async Task<HttpResponseMessage> BeginAsync(WebHost host)
    {
        using var body = ReadRequestBody.Of([1], ("up", 0, 1000), ("up", 0, 1000));
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/v1/read") { Content = body };
        var response = await host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return response;
    }

    private void AssertCounted(WebHost host, string reason)
    {
        Assert.Equal(0, host.Services.Self.Counter("toka_http_faults_total", "").Value);
        Assert.Equal(
            [("client", reason == "client" ? 1L : 0), ("timeout", reason == "timeout" ? 1L : 0), ("limit", reason == "limit" ? 1L : 0)],
            new[] { "client", "timeout", "limit" }.Select(r => (r, host.Services.Self.Counter("toka_http_cut_total", "", ("reason", r)).Value)));
        Assert.Empty(_log.Errors);
    }
}
