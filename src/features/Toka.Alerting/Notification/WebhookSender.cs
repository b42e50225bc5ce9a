using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Toka.Alerting.Options;
using Toka.Core.Labels;
using Toka.Core.Telemetry;

namespace Toka.Alerting.Notification;

/// <summary>
/// Posts what is due to one webhook and tries again with growing pauses. What is due follows from the alerts' state and the
/// durable marks, so nothing is queued here and nothing is lost over a restart; delivery is at least once.
/// </summary>
internal sealed class WebhookSender : IDisposable
{
    /// <summary>The counter of attempts by outcome.</summary>
    public const string OutcomeMetric = "toka_notifications_total";

    /// <summary>What the counter counts.</summary>
    public const string OutcomeHelp = "Alert messages to webhooks, by outcome: delivered, failed (tried again), refused (not tried again), cooldown (ended within the cooldown).";

    /// <summary>How long one attempt may take: 10 s, after which a receiver counts as failed.</summary>
    public static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The pause after the first failure; it doubles with each further one.</summary>
    public static readonly TimeSpan PauseFirst = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause: 5 min, so that a receiver which is back hears of it soon.</summary>
    public static readonly TimeSpan PauseMax = TimeSpan.FromMinutes(5);

    /// <summary>Alerts in one message, count: a body stays within what common receivers take (about 100 kB).</summary>
    public const int AlertsPerMessageMax = 100;

    private readonly Uri _url;
    private readonly string _name;
    private readonly string _externalUrl;
    private readonly INotificationBook _book;
    private readonly HttpMessageInvoker _http;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SelfCounter _delivered;
    private readonly SelfCounter _failed;
    private readonly SelfCounter _refused;
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private int _failures;
    private long _nextAttemptMs;
    private volatile string? _problem;

    public WebhookSender(
        WebhookOptions options, string externalUrl, INotificationBook book, HttpMessageInvoker http,
        SelfMetrics metrics, TimeProvider time, ILogger logger)
    {
        _url = options.Url;
        _name = $"webhook {options.Url.Scheme}://{options.Url.Authority}";
        _externalUrl = externalUrl;
        _book = book;
        _http = http;
        _time = time;
        _logger = logger;
        Receiver = ReceiverOf(options);
        _delivered = metrics.Counter(OutcomeMetric, OutcomeHelp, ("outcome", "delivered"));
        _failed = metrics.Counter(OutcomeMetric, OutcomeHelp, ("outcome", "failed"));
        _refused = metrics.Counter(OutcomeMetric, OutcomeHelp, ("outcome", "refused"));
    }

    /// <summary>The receiver's name in durable marks: a hash, because an address may hold a secret.</summary>
    public string Receiver { get; }

    /// <summary>Why messages do not arrive; null while they do.</summary>
    public string? Problem => _problem;

    public static string ReceiverOf(WebhookOptions options) =>
        LabelSet.HashOf(Encoding.UTF8.GetBytes(options.Url.AbsoluteUri)).ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>Something may be due. Returns at once.</summary>
    public void Kick() => _signal.Writer.TryWrite(true);

    /// <summary>Sends whenever something is due, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await SendDueAsync(cancellationToken);
                await PauseAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // A fault of ours must not end alerting: it is said, and tried again after a pause.
                Fail($"fault in sending: {e.Message}", 1);
                _logger.LogError(e, "{Webhook}: fault in sending", _name);
            }
        }
    }

    /// <summary>Sends what is due now, unless a pause is on.</summary>
    public async Task SendDueAsync(CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            if (NowMs < _nextAttemptMs)
            {
                return;
            }

            var due = await _book.DueAsync(Receiver, cancellationToken);
            foreach (var rule in due.GroupBy(d => d.Alert.Rule, StringComparer.Ordinal))
            {
                foreach (var messages in rule.Chunk(AlertsPerMessageMax))
                {
                    if (!await SendAsync(messages, cancellationToken))
                    {
                        return;
                    }
                }
            }
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    public void Dispose() => _oneAtATime.Dispose();

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task<bool> SendAsync(DueNotification[] messages, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(WebhookPayload.Write(messages, _externalUrl));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, _url) { Content = content };
        request.Headers.TryAddWithoutValidation("User-Agent", "toka");
        using var timeout = new CancellationTokenSource(AttemptTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        int status;
        try
        {
            using var response = await _http.SendAsync(request, either.Token);
            status = (int)response.StatusCode;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return Fail($"no answer within {AttemptTimeout.TotalSeconds:0} s", messages.Length);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return Fail(e.Message, messages.Length);
        }

        if (status is >= 500 or 408 or 429)
        {
            return Fail($"it answered {status}", messages.Length);
        }

        // What a receiver will not have it will not have the next time either; the others' turn must not wait for that.
        var isRefused = status is < 200 or >= 300;
        (isRefused ? _refused : _delivered).Add(messages.Length);
        _failures = 0;
        _nextAttemptMs = 0;
        _problem = isRefused ? $"{_name}: it refuses messages with {status}; check its address" : null;
        if (isRefused)
        {
            _logger.LogWarning("{Webhook} refused {Count} messages with {Status}", _name, messages.Length, status);
        }

        await _book.SettleAsync(Receiver, messages, isRefused, cancellationToken);
        return true;
    }

    private bool Fail(string reason, int messages)
    {
        _failed.Add(messages);
        _failures++;
        var pause = Math.Min(PauseMax.TotalMilliseconds, PauseFirst.TotalMilliseconds * Math.Pow(2, Math.Min(_failures - 1, 30)));
#pragma warning disable CA5394 // jitter keeps senders apart; it is no secret
        pause *= 0.5 + (Random.Shared.NextDouble() / 2);
#pragma warning restore CA5394
        _nextAttemptMs = NowMs + (long)Math.Ceiling(pause);
        _problem = $"{_name}: {_failures} attempts failed, the last one because: {reason}";
        _logger.LogWarning("{Webhook}: attempt {Attempt} failed: {Reason}", _name, _failures, reason);
        return false;
    }

    /// <summary>Waits for a signal, or for the end of the pause after a failure.</summary>
    private async Task PauseAsync(CancellationToken cancellationToken)
    {
        var wait = _nextAttemptMs - NowMs;
        if (wait > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(wait), _time, cancellationToken);
        }
        else
        {
            await _signal.Reader.ReadAsync(cancellationToken);
        }
    }
}
