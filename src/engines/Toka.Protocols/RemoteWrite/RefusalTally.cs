using System.Globalization;
using System.Text;
using Toka.Core.Labels;
using Toka.Core.Samples;

namespace Toka.Protocols.RemoteWrite;

/// <summary>Counts what one request loses by reason, and remembers the first series of each. Not thread-safe.</summary>
internal sealed class RefusalTally(RemoteWriteLimits limits)
{
    /// <summary>So many reasons are told to the sender; the counters have all.</summary>
    private const int ReasonsTold = 3;

    /// <summary>Bytes of a series that are told.</summary>
    private const int SeriesBytesTold = 512;

    private readonly long[] _counts = new long[RemoteWriteRefusals.Count];
    private readonly string?[] _first = new string?[RemoteWriteRefusals.Count];
    private HistogramFault _fault;

    /// <summary>All that was refused.</summary>
    public long Total { get; private set; }

    public void Clear()
    {
        if (Total > 0)
        {
            Total = 0;
            Array.Clear(_counts);
            Array.Clear(_first);
            _fault = HistogramFault.None;
        }
    }

    /// <summary>Counts.</summary>
    /// <param name="refusal">Why.</param>
    /// <param name="series">The series' label bytes in the form of <see cref="LabelSet.Encoded"/>, as far as they are known; they need not be in order.</param>
    /// <param name="count">How many samples, or what else the tally is of.</param>
    /// <param name="fault">What a histogram has.</param>
    public void Add(RemoteWriteRefusal refusal, ReadOnlySpan<byte> series, long count, HistogramFault fault = HistogramFault.None)
    {
        if (count == 0)
        {
            return;
        }

        Total += count;
        _counts[(int)refusal] += count;
        _first[(int)refusal] ??= Shown(series);
        _fault = _fault == HistogramFault.None ? fault : _fault;
    }

    /// <summary>Tells each reason, its count, and the signal that the tally is of.</summary>
    public void Publish(Action<string, long, string> drop, string signal)
    {
        for (var i = 1; Total > 0 && i < _counts.Length; i++)
        {
            if (_counts[i] > 0)
            {
                drop(RemoteWriteRefusals.Name((RemoteWriteRefusal)i), _counts[i], signal);
            }
        }
    }

    /// <summary>The first reasons in sentences; null where nothing was refused.</summary>
    /// <param name="one">What one of those counted is called.</param>
    /// <param name="many">What several are called.</param>
    public string? Reasons(string one, string many)
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
                text.Append(told++ == 0 ? "" : "; ").Append(CultureInfo.InvariantCulture, $"{_counts[i]} {(_counts[i] == 1 ? one : many)} refused, the first of series {_first[i]}: ")
                    .Append(RemoteWriteRefusals.Sentence((RemoteWriteRefusal)i, _fault, limits));
            }
        }

        return text.ToString();
    }

    private static string Shown(ReadOnlySpan<byte> series)
    {
        var builder = new LabelSetBuilder();
        var bytes = 0;
        foreach (var label in LabelSet.Enumerate(series))
        {
            bytes += label.Name.Length + label.Value.Length;
            if (bytes > SeriesBytesTold)
            {
                break;
            }

            if (label.Name.Length > 0)
            {
                builder.Set(label.Name, label.Value);
            }
        }

        return builder.Build().ToString();
    }
}
