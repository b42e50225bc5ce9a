using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Toka.Core.Labels;

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

        _isUnsorted |= _count > 0 && _lastName.SequenceCompareTo(name) >= 0;
        _lastName = name;
        _count++;
        if (name.Length == 8 && BinaryPrimitives.ReadUInt64LittleEndian(name) == 0x5f5f_656d_616e_5f5f)
        {
            HasName = true;
            if (value.Length > _limits.NameBytesMax)
            {
                Refuse(RemoteWriteRefusal.NameBytesLimit);
            }
        }

        var at = _bytes[Length..];
        BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)name.Length);
        name.CopyTo(at[sizeof(ushort)..]);
        at = at[(sizeof(ushort) + name.Length)..];
        BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)value.Length);
        value.CopyTo(at[sizeof(ushort)..]);
        Length += LengthsBytes + name.Length + value.Length;
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
