using System.Buffers.Binary;

namespace Toka.Core.Labels;

/// <summary>One label, as views into the bytes of its set.</summary>
/// <param name="name">The name's UTF-8 bytes.</param>
/// <param name="value">The value's UTF-8 bytes.</param>
public readonly ref struct Label(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
{
    /// <summary>The name's UTF-8 bytes, never empty.</summary>
    public ReadOnlySpan<byte> Name { get; } = name;

    /// <summary>The value's UTF-8 bytes, never empty.</summary>
    public ReadOnlySpan<byte> Value { get; } = value;
}

/// <summary>Walks the canonical bytes of a label set in the order of the names, without allocating.</summary>
public ref struct LabelEnumerator
{
    private ReadOnlySpan<byte> _rest;

    internal LabelEnumerator(ReadOnlySpan<byte> encoded) => _rest = encoded;

    /// <summary>The label that the last <see cref="MoveNext"/> came to.</summary>
    public Label Current { get; private set; }

    /// <summary>Allows <c>foreach</c> over an enumerator.</summary>
    public readonly LabelEnumerator GetEnumerator() => this;

    /// <summary>Goes to the next label.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveNext()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        var name = Take();
        Current = new Label(name, Take());
        return true;
    }

    private ReadOnlySpan<byte> Take()
    {
        var length = BinaryPrimitives.ReadUInt16LittleEndian(_rest);
        var text = _rest.Slice(sizeof(ushort), length);
        _rest = _rest[(sizeof(ushort) + length)..];
        return text;
    }
}
