using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Toka.Core.Labels;
using Toka.Protocols.Wire;

namespace Toka.Protocols.RemoteWrite;

/// <summary>
/// Writes labels, as they come from the wire, in their canonical form into bytes of somebody else. Labels that come in order,
/// as the protocol asks for, are written once; others are sorted at the end.
/// </summary>
internal ref struct CanonicalLabels
{
    private const int LengthsBytes = 2 * sizeof(ushort);

    private readonly Span<byte> _bytes;
    private readonly RemoteWriteLimits _limits;
    private ReadOnlySpan<byte> _lastName;
    private int _count;
    private bool _isUnsorted;

    /// <summary>Begins with no label.</summary>
    /// <param name="bytes">Room for all labels: each takes its texts and four bytes more.</param>
    /// <param name="limits">The limits.</param>
    public CanonicalLabels(Span<byte> bytes, RemoteWriteLimits limits)
    {
        _bytes = bytes;
        _limits = limits;
    }

    /// <summary>The first thing that was wrong.</summary>
    public RemoteWriteRefusal Refusal { get; private set; }

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    /// <summary>Whether there is a metric's name.</summary>
    public bool HasName { get; private set; }

    /// <summary>What is written so far.</summary>
    public readonly ReadOnlySpan<byte> Written => _bytes[..Length];

    /// <summary>Adds a label; one with an empty value is none.</summary>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        // One comparison for what nearly never happens.
        if ((uint)(name.Length - 1) >= (uint)_limits.NameBytesMax || (uint)(value.Length - 1) >= (uint)_limits.LabelValueBytesMax || _count == _limits.LabelsMax)
        {
            AddUnusual(name, value);
            return;
        }

        Note(name, value.Length);
        var at = _bytes[Length..];
        BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)name.Length);
        name.CopyTo(at[sizeof(ushort)..]);
        at = at[(sizeof(ushort) + name.Length)..];
        BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)value.Length);
        value.CopyTo(at[sizeof(ushort)..]);
        Length += LengthsBytes + name.Length + value.Length;
    }

    /// <summary>
    /// Adds the labels that a series of 1.0 begins with, as long as they have the shape that all senders write: the name, the
    /// value, neither empty, together shorter than 128 bytes. Such a label is as long as its canonical form, and the texts stand
    /// at the same places, so it is copied whole and only the lengths are put in.
    /// </summary>
    /// <param name="series">The series' message.</param>
    /// <returns>How many bytes of it were read; what follows is to be read field by field.</returns>
    public int AddUsual(ReadOnlySpan<byte> series)
    {
        const int Head = 2;
        var at = 0;
        while (series.Length - at > Head && series[at] == ((1 << 3) | WireTypes.Bytes))
        {
            int length = series[at + 1];
            if (length is < LengthsBytes + 2 or >= 0x80 || length > series.Length - at - Head || _count == _limits.LabelsMax)
            {
                break;
            }

            var label = series.Slice(at + Head, length);
            int names = label[1];
            var values = length - names - LengthsBytes;
            if (label[0] != ((1 << 3) | WireTypes.Bytes) || names == 0 || values <= 0 || label[names + 2] != ((2 << 3) | WireTypes.Bytes) || label[names + 3] != values
                || names > _limits.NameBytesMax || values > _limits.LabelValueBytesMax)
            {
                break;
            }

            Note(label.Slice(2, names), values);
            var into = _bytes.Slice(Length, length);
            label.CopyTo(into);
            into[0] = (byte)names;
            into[1] = 0;
            into[names + 2] = (byte)values;
            into[names + 3] = 0;
            Length += length;
            at += Head + length;
        }

        return at;
    }

    /// <summary>Remembers what is wrong, if nothing was before.</summary>
    public void Refuse(RemoteWriteRefusal refusal) => Refusal = Refusal == RemoteWriteRefusal.None ? refusal : Refusal;

    /// <summary>Sorts and checks what was added.</summary>
    /// <param name="sorter">Sorts what is out of order; its content is overwritten.</param>
    /// <param name="isChecked">Whether the texts are known to be valid UTF-8.</param>
    /// <returns>What is wrong.</returns>
    public RemoteWriteRefusal Finish(LabelSetBuilder sorter, bool isChecked)
    {
        // Lengths are ASCII as well, mostly: one pass instead of one for each text.
        if (Refusal == RemoteWriteRefusal.None && !isChecked && !Ascii.IsValid(Written) && !AreTextsValid())
        {
            Refuse(RemoteWriteRefusal.BadUtf8);
        }

        if (Refusal == RemoteWriteRefusal.None && _isUnsorted)
        {
            Sort(sorter);
        }

        return Refusal;
    }

    private void Note(ReadOnlySpan<byte> name, int valueLength)
    {
        // Mostly the first letters tell already.
        if (_count++ > 0 && _lastName[0] >= name[0])
        {
            _isUnsorted |= _lastName[0] > name[0] || _lastName.SequenceCompareTo(name) >= 0;
        }

        _lastName = name;
        if (name.Length == 8 && BinaryPrimitives.ReadUInt64LittleEndian(name) == 0x5f5f_656d_616e_5f5f)
        {
            HasName = true;
            if (valueLength > _limits.NameBytesMax)
            {
                Refuse(RemoteWriteRefusal.NameBytesLimit);
            }
        }
    }

    private void AddUnusual(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.IsEmpty)
        {
            Refuse(RemoteWriteRefusal.BadLabelName);
        }
        else if (name.Length > _limits.NameBytesMax)
        {
            Refuse(RemoteWriteRefusal.NameBytesLimit);
        }
        else if (value.Length > _limits.LabelValueBytesMax)
        {
            Refuse(RemoteWriteRefusal.LabelValueBytesLimit);
        }
        else if (!value.IsEmpty)
        {
            Refuse(RemoteWriteRefusal.LabelsLimit);
        }
    }

    private readonly bool AreTextsValid()
    {
        foreach (var label in LabelSet.Enumerate(Written))
        {
            if (!Utf8.IsValid(label.Name) || !Utf8.IsValid(label.Value))
            {
                return false;
            }
        }

        return true;
    }

    private void Sort(LabelSetBuilder sorter)
    {
        sorter.Clear();
        var count = 0;
        foreach (var label in LabelSet.Enumerate(Written))
        {
            sorter.Set(label.Name, label.Value);
            count++;
        }

        if (sorter.Count < count)
        {
            Refuse(RemoteWriteRefusal.DuplicateLabel);
            return;
        }

        sorter.WriteTo(_bytes);
    }
}
