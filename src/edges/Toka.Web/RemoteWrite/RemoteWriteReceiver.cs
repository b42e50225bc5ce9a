using System.Collections.Concurrent;
using System.Globalization;
using Toka.Core.Errors;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Protocols.RemoteWrite;
using Toka.Web.Ingest;

namespace Toka.Web.RemoteWrite;

/// <summary>
/// Takes remote write requests and writes them into a store. One instance a process; thread-safe. A request is acknowledged
/// only after the store has acknowledged its samples.
/// </summary>
/// <param name="host">What it shares with the other protocols.</param>
/// <param name="limits">The limits of a request.</param>
public sealed class RemoteWriteReceiver(IngestHost host, RemoteWriteLimits limits)
{
    private readonly ConcurrentBag<Work> _idle = [];

    /// <summary>What it shares with the other protocols.</summary>
    public IngestHost Host { get; } = host;

    /// <summary>The limits of a request.</summary>
    public RemoteWriteLimits Limits { get; } = limits;

    /// <summary>Its counts.</summary>
    internal IngestTally Tally { get; } = new(host.Metrics, "remote_write");

    /// <summary>Decodes a request, writes its samples, and says what became of them.</summary>
    /// <param name="version">Which message it is.</param>
    /// <param name="body">The message, decompressed.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <exception cref="BadInputException">The request is malformed; nothing was written.</exception>
    /// <exception cref="IOException">The store could not write; send it again.</exception>
    internal async ValueTask<RemoteWriteOutcome> WriteAsync(RemoteWriteVersion version, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (!_idle.TryTake(out var work))
        {
            work = new Work(new RemoteWriteDecoder(Limits), new WriteBatch());
        }

        try
        {
            var decoded = work.Decoder.Decode(version, body.Span, work.Batch);
            var written = work.Batch is { IsEmpty: true, Metadata.Count: 0 } ? default : await Host.Writer.WriteAsync(work.Batch, cancellationToken);
            work.Decoder.CountRefusals(Tally.Drop);
            Tally.Written(written);
            return new RemoteWriteOutcome(decoded, written);
        }
        finally
        {
            work.Batch.Clear();
            _idle.Add(work); // There are never more than there are places.
        }
    }

    private sealed record Work(RemoteWriteDecoder Decoder, WriteBatch Batch);
}

/// <summary>What became of a request.</summary>
/// <param name="Decoded">What was read, and what was refused while reading.</param>
/// <param name="Written">What the store made of it.</param>
internal readonly record struct RemoteWriteOutcome(RemoteWriteDecodeResult Decoded, WriteResult Written)
{
    /// <summary>Float samples that are stored now, those too that were there already.</summary>
    public int Samples => Written.Accepted + Written.Duplicates - Written.Histograms;

    /// <summary>Native histograms that are stored now, those too that were there already.</summary>
    public int Histograms => Written.Histograms;

    /// <summary>Exemplars that are stored now, those too that were there already.</summary>
    public int Exemplars => Written.Exemplars;

    /// <summary>Samples and native histograms that are not.</summary>
    public long Refused => Decoded.Refused + Written.Refused;

    /// <summary>Whether some of those may be stored when they are sent again.</summary>
    public bool HelpsRetrying => Written.OverMemory > 0;

    /// <summary>What the sender is told.</summary>
    public string Sentence
    {
        get
        {
            var all = Decoded.Samples + Decoded.Histograms + Decoded.Refused;
            var text = string.Create(CultureInfo.InvariantCulture, $"{Refused} of {all} samples were not stored, the others were");
            text += Decoded is { Refused: > 0, Reasons: { } reasons } ? ": " + reasons : "";
            return Written.Refused == 0
                ? text
                : text + string.Create(CultureInfo.InvariantCulture, $"{(Decoded.Refused > 0 ? "; " : ": ")}{Written.Refused} refused by the store, the first was {Written.FirstReason?.TrimEnd('.')}");
        }
    }
}
