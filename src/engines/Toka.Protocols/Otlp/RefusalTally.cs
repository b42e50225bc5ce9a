using System.Globalization;
using System.Text;
using Toka.Core.Telemetry;

namespace Toka.Protocols.Otlp;

/// <summary>Counts one request's refused points (or what else the signal says) by reason and remembers the first metric of each. Not thread-safe.</summary>
internal sealed class RefusalTally(OtlpLimits limits, string signal = "metrics")
{
    /// <summary>So many reasons are told to the sender; the counters have all.</summary>
    private const int ReasonsTold = 3;

    private readonly long[] _counts = new long[OtlpRefusals.Count];
    private readonly string?[] _firstMetrics = new string?[OtlpRefusals.Count];

    public long Total { get; private set; }

    public void Clear()
    {
        Total = 0;
        Array.Clear(_counts);
        Array.Clear(_firstMetrics);
    }

    public void Add(OtlpRefusal refusal, ReadOnlySpan<byte> metric, long points)
    {
        if (points == 0)
        {
            return;
        }

        Total += points;
        _counts[(int)refusal] += points;
        _firstMetrics[(int)refusal] ??= Encoding.UTF8.GetString(metric[..Math.Min(metric.Length, limits.NameBytesMax)]);
    }

    /// <summary>Adds the counts to Toka's own metrics; only for a request that is answered with them.</summary>
    public void Publish(IngestTally tally)
    {
        for (var i = 1; i < _counts.Length; i++)
        {
            if (_counts[i] > 0)
            {
                tally.Drop(OtlpRefusals.Name((OtlpRefusal)i), _counts[i], signal);
            }
        }
    }

    public string? Reasons()
    {
        if (Total == 0)
        {
            return null;
        }

        var text = new StringBuilder();
        var told = 0;
        for (var i = 1; i < _counts.Length && told < ReasonsTold; i++)
        {
            if (_counts[i] > 0)
            {
                text.Append(told++ == 0 ? "" : "; ").Append(CultureInfo.InvariantCulture, $"{_counts[i]} {(_counts[i] == 1 ? "point" : "points")} refused, the first of metric \"{_firstMetrics[i]}\": ")
                    .Append(OtlpRefusals.Sentence((OtlpRefusal)i, limits));
            }
        }

        return text.ToString();
    }
}
