using System.Collections.Concurrent;
using System.Text;
using Toka.Core.Series;
using Toka.Core.Telemetry;
using Toka.Protocols.Influx;
using Toka.Web.Ingest;

namespace Toka.Web.Influx;

/// <summary>Takes bodies of line protocol and writes their samples into a store. One instance a process; thread-safe.</summary>
public sealed class InfluxReceiver
{
    private readonly ConcurrentBag<Work> _idle = [];

    /// <summary>Makes a receiver.</summary>
    /// <param name="host">What all protocols share.</param>
    /// <param name="limits">What lines may have; the defaults where it is null.</param>
    public InfluxReceiver(IngestHost host, InfluxLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        Host = host;
        Limits = limits ?? InfluxLimits.Default;
        Tally = new IngestTally(host.Metrics, "influx");
    }

    /// <summary>What lines may have.</summary>
    public InfluxLimits Limits { get; }

    /// <summary>Bytes of a body, unpacked. Default 16 MiB: InfluxDB takes 25 MB, agents send 1,000 to 5,000 lines at a time.</summary>
    public int RequestBytesMax { get; init; } = 16 * 1024 * 1024;

    internal IngestHost Host { get; }

    internal IngestTally Tally { get; }

    /// <summary>Stores a body.</summary>
    /// <param name="body">Line protocol.</param>
    /// <param name="precision">What its times count.</param>
    /// <param name="database">The label <c>db</c>; empty for none.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    internal async ValueTask<InfluxResult> WriteAsync(
        ReadOnlyMemory<byte> body, InfluxPrecision precision, string database, CancellationToken cancellationToken)
    {
        if (!_idle.TryTake(out var work))
        {
            work = new Work(new InfluxDecoder(Limits), new WriteBatch());
        }

        try
        {
            var nowMs = Host.Time.GetUtcNow().ToUnixTimeMilliseconds();
            var decoded = work.Decoder.Decode(body.Span, precision, Encoding.UTF8.GetBytes(database), nowMs, work.Batch);
            var written = work.Batch.IsEmpty ? default : await Host.Writer.WriteAsync(work.Batch, cancellationToken);
            Tally.Written(written);
            Tally.Drop("string_field", decoded.TextFields);
            Tally.Drop("malformed", decoded.Malformed);
            Tally.Drop("limit", decoded.OverLimit);
            return new InfluxResult(decoded, written);
        }
        finally
        {
            work.Batch.Clear();
            _idle.Add(work); // No more than there are places for requests are ever made.
        }
    }

    private sealed record Work(InfluxDecoder Decoder, WriteBatch Batch);
}

/// <summary>What became of a body.</summary>
/// <param name="Decoded">What its lines gave.</param>
/// <param name="Written">What the store made of the samples.</param>
internal readonly record struct InfluxResult(InfluxDecodeResult Decoded, WriteResult Written)
{
    /// <summary>What was refused, in one sentence as InfluxDB begins it; null where nothing was. Texts are not refused: nobody could send them otherwise.</summary>
    public string? Refusal
    {
        get
        {
            if (Decoded.Refused == 0 && Written.Refused == 0)
            {
                return null;
            }

            // Agents read the first words: after either of them they do not send the same again.
            var stored = Written.Accepted + Written.Duplicates;
            var text = new StringBuilder(stored > 0 ? "partial write: " : "");
            if (Decoded.Faults is [var first, ..])
            {
                text.Append("unable to parse ").Append(first).Append("; ");
            }

            if (Written.FirstReason is { } reason)
            {
                text.Append("the store refused ").Append(reason).Append("; ");
            }

            return text.Append(FormattableString.Invariant($"{stored} values are stored, {Decoded.Refused} lines and {Written.Refused} values dropped={Decoded.Refused + Written.Refused}")).ToString();
        }
    }
}
