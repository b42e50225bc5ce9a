using Toka.Events.Storage;
using Toka.Events.Writing;

namespace Toka.Events.Sealing;

/// <summary>Does what is due: seals tables when they are full or an hour old, and removes what is past its time or too much.</summary>
internal sealed class EventKeeper : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan SliceAgeMax = TimeSpan.FromHours(1);

    private readonly EventDatabase _database;
    private readonly EventSealer _sealer;
    private readonly EventRetention _retention;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _due = new(0);
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly ITimer _timer;
    private readonly Task _loop;

    /// <summary>Begins to keep.</summary>
    public EventKeeper(EventDatabase database, EventStoreOptions options)
    {
        _database = database;
        _sealer = new EventSealer(database);
        _retention = new EventRetention(database, options);
        _timer = database.Clock.CreateTimer(_ => Wake(), null, Every, Every);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Who can send rows to new tables.</summary>
    public EventCommitter? Committer { get; set; }

    /// <summary>What was asked of the committer last.</summary>
    public Task Asked { get; private set; } = Task.CompletedTask;

    /// <summary>Something is due now.</summary>
    public void Wake()
    {
        if (_due.CurrentCount == 0)
        {
            _due.Release();
        }
    }

    /// <summary>Seals what there is, now.</summary>
    public async Task SealAsync(CancellationToken cancellationToken)
    {
        if (_database.IsOpen)
        {
            await Committer!.WriteAsync(new WriteJob(null, null, null, 0), cancellationToken);
            await _sealer.SealAsync(cancellationToken);
        }
    }

    /// <summary>Removes what is due, now.</summary>
    public Task RetainAsync() => _retention.RetainAsync();

    /// <summary>Ends; a sealing that runs is finished.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        await _stop.CancelAsync();
        await _loop;
        _sealer.Dispose();
        _stop.Dispose();
        _due.Dispose();
        _one.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await _due.WaitAsync(_stop.Token);
                await CareAsync();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The store closes.
        }
    }

    /// <summary>Does what is due, now.</summary>
    public async Task CareAsync()
    {
        await _one.WaitAsync(_stop.Token);
        try
        {
            if (_database.IsOpen)
            {
                await _sealer.SealAsync(_stop.Token);
            }

            // After sealing, and without waiting: the committer may itself wait for a table to be sealed. What it closes wakes this again.
            if (IsOld(_database.Spans.Current) || IsOld(_database.Logs.Current))
            {
                Asked = Committer!.AskRotation();
            }

            await _retention.RetainAsync();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _database.Counters.SealFailed(e.Message);
        }
        finally
        {
            _one.Release();
        }
    }

    private bool IsOld(Slice? slice) =>
        slice is { Rows: > 0 } && _database.Clock.GetUtcNow().ToUnixTimeMilliseconds() - slice.CreatedMs >= SliceAgeMax.TotalMilliseconds;
}
