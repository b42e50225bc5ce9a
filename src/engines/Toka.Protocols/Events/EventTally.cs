using System.Globalization;
using System.Text;
using Toka.Core.Spans;
using Toka.Core.Telemetry;

namespace Toka.Protocols.Events;

/// <summary>
/// Counts by fault what one request's spans or records were refused for, and what was left out of those that were kept. Not
/// thread-safe.
/// </summary>
internal sealed class EventTally(EventLimits limits, EventSignal signal)
{
    /// <summary>So many reasons are told to the sender; the counters have all.</summary>
    private const int ReasonsTold = 3;

    private const int ServiceCharactersMax = 100;

    private readonly long[] _refused = new long[EventFaults.Count];
    private readonly string?[] _first = new string?[EventFaults.Count];
    private readonly long[] _parts = new long[EventFaults.Count];

    /// <summary>How many were refused.</summary>
    public long Total { get; private set; }

    /// <summary>What was said of the first malformed one; null where it says nothing.</summary>
    public string? MalformedMessage { get; set; }

    public void Clear()
    {
        Total = 0;
        MalformedMessage = null;
        Array.Clear(_refused);
        Array.Clear(_first);
        Array.Clear(_parts);
    }

    public long RefusedFor(EventFault fault) => _refused[(int)fault];

    public void Refuse(EventFault fault, string service, long count = 1)
    {
        if (count > 0)
        {
            Total += count;
            _refused[(int)fault] += count;
            _first[(int)fault] ??= service.Length <= ServiceCharactersMax ? service : service[..ServiceCharactersMax];
        }
    }

    /// <summary>Counts a part that was left out or changed.</summary>
    public void Part(EventFault fault) => _parts[(int)fault]++;

    /// <summary>Counts a part that was left out or cut, here and in its span or record.</summary>
    public void Leave(EventFault fault, ref uint dropped)
    {
        dropped = Math.Max(dropped, dropped + 1); // A sender may say the largest number there is.
        Part(fault);
    }

    /// <summary>Counts what was changed of a name.</summary>
    public void Changed(EventFault fault)
    {
        if (fault != EventFault.None)
        {
            Part(fault == EventFault.ValueBytesLimit ? EventFault.NameBytesLimit : fault);
        }
    }

    /// <summary>Counts what was changed of a value.</summary>
    public void ChangedValue(EventFault fault, ref uint dropped)
    {
        if (fault == EventFault.BadUtf8)
        {
            Part(fault);
        }
        else if (fault != EventFault.None)
        {
            Leave(fault, ref dropped);
        }
    }

    /// <summary>Appends a text of a name's length.</summary>
    public TextSlice Name(ReadOnlySpan<byte> text, EventBytes to)
    {
        Changed(to.AddText(text, limits.NameBytesMax, out var slice));
        return slice;
    }

    /// <summary>Adds the counts to Toka's own metrics; only for a request that is answered with them.</summary>
    public void Publish(IngestTally tally)
    {
        for (var i = 1; i < EventFaults.Count; i++)
        {
            if (_refused[i] > 0)
            {
                tally.Drop(EventFaults.Name((EventFault)i), _refused[i], signal.Label);
            }

            if (_parts[i] > 0)
            {
                tally.Drop(EventFaults.Name((EventFault)i), _parts[i], signal.Parts);
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
        for (var i = 1; i < _refused.Length && told < ReasonsTold; i++)
        {
            if (_refused[i] > 0)
            {
                text.Append(told++ == 0 ? "" : "; ")
                    .Append(CultureInfo.InvariantCulture, $"{_refused[i]} {(_refused[i] == 1 ? signal.One : signal.Many)} refused, the first of service \"{_first[i]}\": ")
                    .Append((EventFault)i == EventFault.Malformed && MalformedMessage is { } said ? said : EventFaults.Sentence((EventFault)i, limits));
            }
        }

        return text.ToString();
    }
}
