using System.Buffers;
using System.Buffers.Binary;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.TimeSeries.Codecs;

namespace Toka.TimeSeries.Columns;

/// <summary>
/// Exemplars of one series as columns: times, values, and the values of each label, by the set of label names that an exemplar
/// has. Ids written in hexadecimal, which most are, take half their length. Lossless. The boxes are in docs/formats/samples.md.
/// </summary>
internal static class ExemplarPayload
{
    /// <summary>The most exemplars of a payload.</summary>
    public const int SamplesMax = 1024;

    /// <summary>The most label bytes of a payload, encoded canonically.</summary>
    public const int LabelBytesMax = 1 << 20;

    private static readonly SearchValues<byte> s_hexDigits = SearchValues.Create("0123456789abcdef"u8);

    [ThreadStatic]
    private static PayloadOutput? t_output;

    /// <summary>How the values of a label are written. The numbers are on disk: append only.</summary>
    internal enum TextForm : byte
    {
        /// <summary>Each with its length.</summary>
        Plain = 0,

        /// <summary>All the same: once.</summary>
        Constant = 1,

        /// <summary>Lower-case hexadecimal of one length: as bytes.</summary>
        Hex = 2,
    }

    /// <summary>Encodes exemplars until a payload is full.</summary>
    /// <param name="column">Exemplars; the labels of each at most <see cref="LabelBytesMax"/>.</param>
    /// <param name="start">The first one to take.</param>
    /// <param name="payload">The payload; valid until this thread encodes the next one.</param>
    /// <returns>How many were taken, 1 or more.</returns>
    public static int Encode(ExemplarColumn column, int start, out ReadOnlySpan<byte> payload)
    {
        var count = 0;
        for (var bytes = 0; count < SamplesMax && start + count < column.Count; count++)
        {
            bytes += column.LabelsOf(start + count).Length;
            if (bytes > LabelBytesMax && count > 0)
            {
                break;
            }
        }

        var output = t_output ??= new PayloadOutput();
        output.Begin(count);
        output.Times(column.Timestamps.Slice(start, count));
        output.Values(column.Values.Slice(start, count));
        var shapes = new List<byte[][]>();
        var shapeOf = new long[count];
        for (var i = 0; i < count; i++)
        {
            shapeOf[i] = ShapeOf(column.LabelsOf(start + i), shapes);
        }

        output.Varint((uint)shapes.Count);
        foreach (var shape in shapes)
        {
            output.Varint((uint)shape.Length);
            foreach (var name in shape)
            {
                WriteText(output, name);
            }
        }

        if (shapes.Count > 1)
        {
            output.Numbers(shapeOf);
        }

        for (var shape = 0; shape < shapes.Count; shape++)
        {
            for (var label = 0; label < shapes[shape].Length; label++)
            {
                WriteTexts(output, TextsOf(column, start, shapeOf, shape, label));
            }
        }

        payload = output.Written;
        return count;
    }

    /// <summary>Decodes a payload.</summary>
    /// <param name="payload">The whole payload.</param>
    /// <param name="fromMs">The first moment wanted, inclusive.</param>
    /// <param name="toMs">The last moment wanted, inclusive.</param>
    /// <param name="into">Appended to; unchanged where the payload is damaged.</param>
    /// <exception cref="CodecException">The payload is damaged.</exception>
    public static void Decode(ReadOnlySpan<byte> payload, long fromMs, long toMs, ExemplarColumn into)
    {
        var input = new PayloadInput(payload, SamplesMax);
        var times = new long[input.Count];
        var values = new double[input.Count];
        input.Times(times, isStrict: false);
        input.Values(values);
        var labels = ReadLabels(ref input);
        input.End();
        for (var i = 0; i < times.Length; i++)
        {
            if (times[i] >= fromMs && times[i] <= toMs)
            {
                into.Add(times[i], values[i], labels[i]);
            }
        }
    }

    private static int ShapeOf(ReadOnlySpan<byte> labels, List<byte[][]> shapes)
    {
        var names = new List<byte[]>();
        foreach (var label in LabelSet.Enumerate(labels))
        {
            names.Add(label.Name.ToArray());
        }

        for (var i = 0; i < shapes.Count; i++)
        {
            var shape = shapes[i];
            if (shape.Length == names.Count && !shape.Where((name, at) => !name.AsSpan().SequenceEqual(names[at])).Any())
            {
                return i;
            }
        }

        shapes.Add([.. names]);
        return shapes.Count - 1;
    }

    private static List<byte[]> TextsOf(ExemplarColumn column, int start, long[] shapeOf, int shape, int label)
    {
        var texts = new List<byte[]>();
        for (var i = 0; i < shapeOf.Length; i++)
        {
            if (shapeOf[i] != shape)
            {
                continue;
            }

            var at = 0;
            foreach (var pair in LabelSet.Enumerate(column.LabelsOf(start + i)))
            {
                if (at++ == label)
                {
                    texts.Add(pair.Value.ToArray());
                }
            }
        }

        return texts;
    }

    private static void WriteTexts(PayloadOutput output, List<byte[]> texts)
    {
        var first = texts[0];
        if (texts.TrueForAll(t => t.AsSpan().SequenceEqual(first)))
        {
            output.Byte((byte)TextForm.Constant);
            WriteText(output, first);
        }
        else if (first.Length % 2 == 0 && texts.TrueForAll(t => t.Length == first.Length && !t.AsSpan().ContainsAnyExcept(s_hexDigits)))
        {
            output.Byte((byte)TextForm.Hex);
            output.Varint((uint)first.Length / 2);
            foreach (var text in texts)
            {
                output.Bytes(Convert.FromHexString(System.Text.Encoding.ASCII.GetString(text)));
            }
        }
        else
        {
            output.Byte((byte)TextForm.Plain);
            foreach (var text in texts)
            {
                WriteText(output, text);
            }
        }
    }

    private static void WriteText(PayloadOutput output, ReadOnlySpan<byte> text)
    {
        output.Varint((uint)text.Length);
        output.Bytes(text);
    }

    private static byte[][] ReadLabels(ref PayloadInput input)
    {
        var shapes = new byte[input.Varint(input.Count, "The number of label shapes")][][];
        if (shapes.Length == 0)
        {
            throw new CodecException("The payload has no label shape.");
        }

        for (var i = 0; i < shapes.Length; i++)
        {
            shapes[i] = new byte[input.Varint(LabelBytesMax / 6, "The number of labels")][];
            for (var j = 0; j < shapes[i].Length; j++)
            {
                shapes[i][j] = ReadText(ref input).ToArray();
            }
        }

        var shapeOf = new long[input.Count];
        if (shapes.Length > 1)
        {
            input.Numbers(shapeOf);
        }

        var labels = new MemoryStream[input.Count];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = shapeOf[i] >= 0 && shapeOf[i] < shapes.Length ? new MemoryStream() : throw new CodecException($"An exemplar has label shape {shapeOf[i]} of {shapes.Length}.");
        }

        var left = LabelBytesMax;
        for (var shape = 0; shape < shapes.Length; shape++)
        {
            foreach (var name in shapes[shape])
            {
                ReadTexts(ref input, name, labels, shapeOf, shape, ref left);
            }
        }

        return Array.ConvertAll(labels, l => LabelSet.IsCanonical(l.GetBuffer().AsSpan(0, (int)l.Length)) ? l.ToArray() : throw new CodecException("An exemplar's labels are not in order."));
    }

    private static void ReadTexts(ref PayloadInput input, ReadOnlySpan<byte> name, MemoryStream[] labels, long[] shapeOf, int shape, ref int left)
    {
        var form = (TextForm)input.Byte();
        var constant = form == TextForm.Constant ? ReadText(ref input) : default;
        var hex = form == TextForm.Hex ? input.Varint(LabelSet.TextBytesMax / 2, "The length of an id") : 0;
        Span<byte> field = stackalloc byte[sizeof(ushort)];
        for (var i = 0; i < labels.Length; i++)
        {
            if (shapeOf[i] != shape)
            {
                continue;
            }

            var text = form switch
            {
                TextForm.Plain => ReadText(ref input),
                TextForm.Constant => constant,
                TextForm.Hex => System.Text.Encoding.ASCII.GetBytes(Convert.ToHexStringLower(input.Bytes(hex))),
                _ => throw new CodecException($"The values of a label are in form {(byte)form}."),
            };
            left -= name.Length + text.Length + (2 * sizeof(ushort));
            if (left < 0)
            {
                throw new CodecException($"The labels of the payload are longer than {LabelBytesMax} bytes.");
            }

            BinaryPrimitives.WriteUInt16LittleEndian(field, (ushort)name.Length);
            labels[i].Write(field);
            labels[i].Write(name);
            BinaryPrimitives.WriteUInt16LittleEndian(field, (ushort)text.Length);
            labels[i].Write(field);
            labels[i].Write(text);
        }
    }

    private static ReadOnlySpan<byte> ReadText(ref PayloadInput input) => input.Bytes(input.Varint(LabelSet.TextBytesMax, "The length of a text"));
}
