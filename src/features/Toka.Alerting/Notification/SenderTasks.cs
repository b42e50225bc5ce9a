namespace Toka.Alerting.Notification;

/// <summary>Runs one task a webhook, and others after a reload. Thread-safe.</summary>
internal sealed class SenderTasks : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private CancellationTokenSource? _stop;
    private CancellationToken _outer;
    private Task _running = Task.CompletedTask;
    private bool _isStarted;

    public Task StartAsync(IReadOnlyList<WebhookSender> senders, CancellationToken cancellationToken) => ChangeAsync(() =>
    {
        _outer = cancellationToken;
        _isStarted = true;
        Start(senders);
    });

    /// <summary>Ends the tasks and starts others; before the start it does nothing.</summary>
    public Task ReplaceAsync(IReadOnlyList<WebhookSender> senders) => ChangeAsync(() =>
    {
        if (_isStarted)
        {
            Start(senders);
        }
    });

    public void Dispose()
    {
        _stop?.Dispose();
        _gate.Dispose();
    }

    public Task StopAsync() => ChangeAsync(() => _isStarted = false);

    private async Task ChangeAsync(Action change)
    {
        await _gate.WaitAsync();
        try
        {
            if (_stop is not null)
            {
                await _stop.CancelAsync();
                await _running;
                _stop.Dispose();
                _stop = null;
            }

            change();
        }
        finally
        {
            _gate.Release();
        }
    }

    private void Start(IReadOnlyList<WebhookSender> senders)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(_outer);
        var token = _stop.Token;
        _running = Task.WhenAll(senders.Select(s => s.RunAsync(token)));
    }
}
