using Toka.Core.Samples;
using Toka.Forwarding.Buffer;
using Toka.Forwarding.Options;
using Toka.Protocols.RemoteWrite;

namespace Toka.Forwarding.Sending;

/// <summary>What the senders of a remote stand on. Thread-safe.</summary>
/// <param name="Options">The remote.</param>
/// <param name="Client">Posts.</param>
/// <param name="Counters">Counts.</param>
/// <param name="Progress">How it goes.</param>
/// <param name="Settlement">Knows what was sent.</param>
/// <param name="MetadataOf">What is known of a metric family.</param>
/// <param name="Time">The clock.</param>
internal sealed record SenderParts(
    RemoteWriteOptions Options, RemoteClient Client, RemoteCounters Counters, RemoteProgress Progress, Settlement Settlement,
    Func<string, MetricMetadata?> MetadataOf, TimeProvider Time);

/// <summary>Sends what one shard holds, batch by batch, each until the remote has taken or refused it.</summary>
internal sealed class ShardSender(Shard shard, SenderParts parts)
{
    /// <summary>Pauses vary by this part, so that the shards of many senders do not come back at one moment.</summary>
    private const double Jitter = 0.2;

    private readonly QueueOptions _options = parts.Options.Queue;

    /// <summary>Sends until the shard is complete and empty.</summary>
    /// <param name="stopping">What fails is no more tried again: it stays in the queue on disk.</param>
    /// <param name="abort">Ends what is under way.</param>
    public async Task RunAsync(CancellationToken stopping, CancellationToken abort)
    {
        using var builder = new RequestBuilder(parts.Options.Metadata.Send ? parts.MetadataOf : null);
        try
        {
            while (await shard.TakeAsync(abort) is { } batch)
            {
                if (!await SendAsync(batch, builder, stopping, abort))
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // What is not settled is sent after the restart.
        }
    }

    /// <returns>False where it was given up for the stop.</returns>
    private async Task<bool> SendAsync(SendBatch batch, RequestBuilder builder, CancellationToken stopping, CancellationToken abort)
    {
        var pause = _options.MinBackoff;
        while (true)
        {
            DropOld(batch);
            if (batch.Items.Count == 0)
            {
                return true;
            }

            var outcome = await PostAsync(batch, builder, abort);
            switch (outcome.Result)
            {
                case SendResult.Unsupported:
                    parts.Progress.FallBack(outcome.Error!);
                    continue;
                case SendResult.Failed:
                    parts.Counters.AddRetried(batch.Items.Count);
                    parts.Progress.NoteFailed(outcome.Error!);
                    if (stopping.IsCancellationRequested || !await PauseAsync(outcome.RetryAfter ?? Vary(pause), stopping))
                    {
                        return false;
                    }

                    pause = pause * 2 < _options.MaxBackoff ? pause * 2 : _options.MaxBackoff;
                    continue;
                default:
                    Settle(batch, outcome);
                    return true;
            }
        }
    }

    private async Task<SendOutcome> PostAsync(SendBatch batch, RequestBuilder builder, CancellationToken abort)
    {
        var version = parts.Progress.Version;
        var begun = parts.Time.GetTimestamp();
        SendOutcome outcome;
        try
        {
            var body = builder.Build(batch.Items, version, NowMs);
            outcome = await parts.Client.SendAsync(body, version, abort);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // A fault of ours must not hold up what comes behind these samples: they are counted as dropped, and it is said.
            outcome = new SendOutcome(SendResult.Refused, $"fault in sending: {e}");
        }

        parts.Progress.AddBusy(parts.Time.GetElapsedTime(begun));
        parts.Counters.AddRequest(outcome.Result.ToString().ToLowerInvariant());
        return outcome;
    }

    private void Settle(SendBatch batch, in SendOutcome outcome)
    {
        var entries = batch.Items.Count;
        var isSent = outcome.Result == SendResult.Sent;
        var sent = Math.Clamp(outcome.Written ?? (isSent ? entries : 0), 0, entries);
        parts.Counters.AddSent(sent);
        if (sent < entries)
        {
            var error = outcome.Error ?? $"it took {sent} of {entries} samples and did not say why";
            parts.Counters.Drop(isSent ? "not_written" : "refused", entries - sent);
            parts.Progress.NoteRefused(error, entries - sent);
        }
        else
        {
            parts.Progress.NoteSent();
        }

        batch.Settle(parts.Settlement);
    }

    private void DropOld(SendBatch batch)
    {
        if (_options.SampleAgeLimit == TimeSpan.Zero)
        {
            return;
        }

        var dropped = batch.DropBefore(NowMs - (long)_options.SampleAgeLimit.TotalMilliseconds, parts.Settlement);
        parts.Counters.Drop("too_old", dropped);
        parts.Progress.NoteDropped("sample_age_limit", dropped);
    }

    /// <returns>False where the stop came.</returns>
    private async Task<bool> PauseAsync(TimeSpan pause, CancellationToken stopping)
    {
        try
        {
            await Task.Delay(pause, parts.Time, stopping);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private long NowMs => parts.Time.GetUtcNow().ToUnixTimeMilliseconds();

    private static TimeSpan Vary(TimeSpan pause) => pause * (1 + (Jitter * ((2 * Random.Shared.NextDouble()) - 1)));
}
