using System.Threading.Channels;

namespace Toka.Web.Live;

/// <summary>Lets one loop wait until a time comes or somebody kicks it. Kicks are never lost; several count as one.</summary>
internal sealed class Ticker : IDisposable
{
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ITimer _timer;

    public Ticker(TimeProvider time) =>
        _timer = time.CreateTimer(static state => ((Ticker)state!).Kick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>Wakes the loop, now or when it next waits. Thread-safe.</summary>
    public void Kick() => _signal.Writer.TryWrite(true);

    /// <summary>Waits for a kick or for the time to pass. May return too early once; the loop looks at the clock.</summary>
    public async ValueTask WaitAsync(TimeSpan due, CancellationToken cancellationToken)
    {
        if (due > TimeSpan.Zero)
        {
            _timer.Change(due, Timeout.InfiniteTimeSpan);
        }
        else
        {
            Kick();
        }

        await _signal.Reader.ReadAsync(cancellationToken);
    }

    public void Dispose() => _timer.Dispose();
}
