using Microsoft.Extensions.Logging;
using Toka.Core.Labels;
using Toka.Query.Results;
using Toka.Web.Http;

namespace Toka.Web.Live;

/// <summary>
/// One expression at one step, for all pages that watch it. Its loop wakes at each multiple of the step, evaluates once
/// and hands the increment to everyone; it ends with its last subscription.
/// </summary>
internal sealed class LiveFeed : IDisposable
{
    /// <summary>
    /// How long after a grid time it is evaluated. The collector reads the host at the same grid times and needs some ms
    /// until its samples are stored; 200 ms is ample and still feels immediate.
    /// </summary>
    internal const long DelayMs = 200;

    /// <summary>Steps that each increment repeats, because samples arrive late.</summary>
    internal const int RepeatedSteps = 2;

    private readonly LiveHub _hub;
    private readonly Ticker _ticker;
    private readonly Dictionary<LabelSet, int> _indices = [];
    private readonly List<LabelSet> _series = [];
    private long _lastGridMs = long.MinValue;

    public LiveFeed(LiveHub hub, string expression, long stepMs)
    {
        (_hub, Expression, StepMs) = (hub, expression, stepMs);
        _ticker = new Ticker(hub.Services.Time);
    }

    public string Expression { get; }

    public long StepMs { get; }

    /// <summary>Who listens; read and changed under the hub's lock.</summary>
    public List<LiveSubscription> Subscriptions { get; } = [];

    /// <summary>Has the loop look at its subscriptions now.</summary>
    public void Kick() => _ticker.Kick();

    public void Dispose() => _ticker.Dispose();

    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (_hub.TrySnapshot(this, out var subscriptions))
            {
                await PassAsync(GridMs(), subscriptions, stopping);
                var dueMs = _lastGridMs + StepMs + DelayMs - NowMs();
                await _ticker.WaitAsync(TimeSpan.FromMilliseconds(dueMs), stopping);
            }
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            // The connections say goodbye.
        }
        catch (Exception e)
        {
            _hub.Fault(this, e);
        }
        finally
        {
            Dispose();
        }
    }

    private long NowMs() => _hub.Services.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>The newest grid time whose samples are in.</summary>
    private long GridMs()
    {
        var ms = NowMs() - DelayMs;
        return ms - (((ms % StepMs) + StepMs) % StepMs);
    }

    private async Task PassAsync(long gridMs, LiveSubscription[] subscriptions, CancellationToken stopping)
    {
        // After a sleep of the machine, or a clock that was set back, nobody's points can simply be continued.
        if (gridMs < _lastGridMs || (_lastGridMs != long.MinValue && (gridMs - _lastGridMs) / StepMs >= _hub.Services.Language.PointsPerSeriesMax))
        {
            Array.ForEach(subscriptions, static s => s.NeedsRange = true);
        }

        var current = Array.FindAll(subscriptions, static s => !s.NeedsRange);
        if (gridMs > _lastGridMs && current.Length > 0)
        {
            // From the last steps sent, whatever was missed meanwhile included.
            await ServeAsync(current, _lastGridMs - ((RepeatedSteps - 1) * StepMs), gridMs, isRange: false, stopping);
        }

        _lastGridMs = gridMs;
        foreach (var sameRange in subscriptions.Where(static s => s is { NeedsRange: true, IsEnded: false, Queue.HasRoom: true }).GroupBy(static s => s.RangeMs))
        {
            await ServeAsync([.. sameRange], gridMs - (sameRange.Key / StepMs * StepMs), gridMs, isRange: true, stopping);
        }
    }

    private async Task ServeAsync(LiveSubscription[] subscriptions, long startMs, long endMs, bool isRange, CancellationToken stopping)
    {
        using var payload = new PooledBuffer();
        try
        {
            var result = await _hub.EvaluateAsync(this, startMs, endMs, stopping);
            Encode(payload, (MatrixValue)result.Value, startMs, endMs);
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            EndAll(subscriptions, e);
            return;
        }

        foreach (var subscription in subscriptions)
        {
            SendSeries(subscription);
            var frame = LiveFrames.Frame(LiveFrameKind.Data, subscription.Id, payload.Written);
            if (isRange)
            {
                subscription.Queue.AddRange(frame, subscription);
                subscription.NeedsRange = false;
            }
            else if (!subscription.Queue.Add(frame, subscription))
            {
                _hub.Dropped.Add(1 + subscription.Queue.DropData(subscription.Id));
                subscription.NeedsRange = true;
            }
        }
    }

    private void Encode(PooledBuffer payload, MatrixValue matrix, long startMs, long endMs)
    {
        var limits = _hub.Services.Limits;
        var points = (int)((endMs - startMs) / StepMs) + 1;
        if ((long)points * matrix.Series.Count > limits.MaxLiveValues)
        {
            throw new QueryException(
                QueryErrorType.Execution,
                $"{matrix.Series.Count} series of {points} points are more than {limits.MaxLiveValues} values: aggregate, or choose a shorter range or a larger step");
        }

        LiveFrames.WriteDataHead(payload, startMs, StepMs, points, matrix.Series.Count);
        foreach (var series in matrix.Series)
        {
            if (!_indices.TryGetValue(series.Labels, out var index))
            {
                index = _series.Count;
                if (index == limits.MaxLiveSeries)
                {
                    throw new QueryException(
                        QueryErrorType.Execution, $"more than {limits.MaxLiveSeries} series in the life of a subscription: aggregate, or select fewer");
                }

                _indices.Add(series.Labels, index);
                _series.Add(series.Labels);
            }

            LiveFrames.WriteColumn(payload, index, startMs, StepMs, points, series.Timestamps.Span, series.Values.Span);
        }
    }

    private void SendSeries(LiveSubscription subscription)
    {
        if (subscription.KnownSeries == _series.Count)
        {
            return;
        }

        using var payload = new PooledBuffer();
        LiveFrames.WriteSeries(payload, _series, subscription.KnownSeries);
        subscription.Queue.Add(LiveFrames.Frame(LiveFrameKind.Series, subscription.Id, payload.Written), subscription);
        subscription.KnownSeries = _series.Count;
    }

    private void EndAll(LiveSubscription[] subscriptions, Exception e)
    {
        var (type, message) = e is OperationCanceledException or QueryException { Type: QueryErrorType.Canceled }
            ? ("timeout", "The evaluation took longer than a live one may. Select less, or choose a shorter range or a larger step.")
            : ErrorResponse.Classify(e) is { } error ? (error.Type, e.Message) : ("internal", "A fault of Toka's own; its log says more.");
        if (type == "internal")
        {
            _hub.Services.Log.LogError(e, "The live evaluation of {Expression} failed", Expression);
        }

        foreach (var subscription in subscriptions)
        {
            _hub.End(subscription, type, message);
        }
    }
}
