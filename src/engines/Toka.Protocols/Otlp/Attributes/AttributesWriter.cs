using Toka.Core.Attributes;
using Toka.Core.Spans;
using Toka.Protocols.Events;
using Toka.Protocols.Wire;

namespace Toka.Protocols.Otlp.Attributes;

/// <summary>Where the fields of a list stand in a message, and how many there are.</summary>
internal struct FieldRun
{
    /// <summary>Where the first one's tag begins.</summary>
    public int First { get; private set; }

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Notes one that begins here.</summary>
    public void Add(int at)
    {
        if (Count++ == 0)
        {
            First = at;
        }
    }
}

/// <summary>Lists of KeyValue as an object of <see cref="AttributeJson"/>. What cannot be kept is left out and counted.</summary>
internal sealed class AttributesWriter(EventLimits limits, EventTally tally)
{
    private readonly AnyValueWriter _values = new(limits);

    /// <summary>Where what is left out is counted.</summary>
    public EventTally Tally => tally;

    /// <summary>The writer of single values.</summary>
    public AnyValueWriter Values => _values;

    /// <summary>Appends the attributes of a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="tag">The field that they stand in.</param>
    /// <param name="run">Where they stand.</param>
    /// <param name="to">Where to.</param>
    /// <param name="dropped">Grows by those that were left out or cut.</param>
    /// <returns>The object, or nothing where there are none.</returns>
    public TextSlice Write(ReadOnlySpan<byte> message, uint tag, in FieldRun run, EventBytes to, ref uint dropped)
    {
        var start = to.Length;
        var (left, written) = (run.Count, 0);
        var reader = new ProtobufReader(message[run.First..]);
        while (left > 0 && reader.Next())
        {
            if (reader.Tag != tag)
            {
                reader.Skip();
                continue;
            }

            left--;
            var entry = reader.Bytes();
            if (written == limits.AttributesMax || to.Length > limits.TextBytesPerRequestMax)
            {
                tally.Leave(written == limits.AttributesMax ? EventFault.AttributesLimit : EventFault.TextBytesLimit, ref dropped);
            }
            else if (TryWriteOne(entry, to, written == 0, ref dropped))
            {
                written++;
            }
        }

        if (written > 0)
        {
            to.AddByte((byte)'}');
        }

        return to.From(start);
    }

    private bool TryWriteOne(ReadOnlySpan<byte> entry, EventBytes to, bool isFirst, ref uint dropped)
    {
        OtlpTags.ReadKeyValue(entry, out var key, out var value);
        if (key.IsEmpty || key.Length > limits.KeyBytesMax)
        {
            tally.Leave(key.IsEmpty ? EventFault.BadKey : EventFault.KeyBytesLimit, ref dropped);
            return false;
        }

        var start = to.Length;
        to.AddByte(isFirst ? (byte)'{' : (byte)',');
        tally.Changed(to.AddString(key, limits.KeyBytesMax));
        to.AddByte((byte)':');
        var isWritten = _values.TryWrite(value, to, limits.ValueBytesMax, out var fault);
        if (!isWritten)
        {
            to.Truncate(start);
        }

        tally.ChangedValue(fault, ref dropped);
        return isWritten;
    }
}
