using Toka.Core.Labels;

namespace Toka.Protocols.Exposition;

/// <content>Labels: found while the line is read, unescaped where they are asked for.</content>
public ref partial struct ExpositionTextReader
{
    /// <summary>
    /// Of a sample: adds the metric's name as <c>__name__</c> and the labels to a builder. Labels without a value are left out,
    /// as they mean the same as none.
    /// </summary>
    /// <param name="into">The builder; it is not cleared before.</param>
    /// <param name="asWritten">
    /// Whether <c>le</c> of a histogram's buckets and <c>quantile</c> of a summary stay as they are; else they are written as
    /// Prometheus 3 does (1.0 for 1), so that a series is the same in every format.
    /// </param>
    public void ReadLabels(LabelSetBuilder into, bool asWritten = false)
    {
        ArgumentNullException.ThrowIfNull(into);
        var name = MetricName;
        into.Set("__name__"u8, _isNameEscaped ? Unescape(name) : name);
        AddLabels(0, _labelCount, into);
        var bound = asWritten ? default : BoundLabel;
        if (!bound.IsEmpty && into.TryGet(bound, out var text) && ExpositionNumber.TryParse(text, out var value))
        {
            Span<byte> written = stackalloc byte[BoundText.BytesMax];
            into.Set(bound, written[..BoundText.Write(value, written)]);
        }
    }

    /// <summary>
    /// Of a sample: whether a label is written, be it without a value. With <c>honor_labels</c> an empty one says that the
    /// target's own is not wanted.
    /// </summary>
    /// <param name="name">The label's name.</param>
    public bool HasLabel(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < _labelCount; i++)
        {
            if (NameOf(_labels[i]).SequenceEqual(name))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The label of the sample that holds a number; empty where none does.</summary>
    private readonly ReadOnlySpan<byte> BoundLabel
    {
        get
        {
            var name = MetricName;
            return !name.StartsWith(_typedFamily) ? default
                : Type == ExpositionType.Summary && name.Length == _typedFamily.Length ? "quantile"u8
                : Type is ExpositionType.Histogram or ExpositionType.GaugeHistogram && name[_typedFamily.Length..].SequenceEqual("_bucket"u8) ? "le"u8
                : default;
        }
    }

    /// <summary>Of an exemplar: adds its labels to a builder.</summary>
    /// <param name="into">The builder; it is not cleared before.</param>
    public void ReadExemplarLabels(LabelSetBuilder into)
    {
        ArgumentNullException.ThrowIfNull(into);
        AddLabels(_labelCount, _exemplarLabelCount, into);
    }

    /// <summary>The code points of the exemplar's label names and values.</summary>
    internal int ExemplarCharacters()
    {
        var count = 0;
        for (var i = _labelCount; i < _labelCount + _exemplarLabelCount; i++)
        {
            count += CharactersOf(NameOf(_labels[i])) + CharactersOf(ValueOf(_labels[i]));
        }

        return count;
    }

    private void AddLabels(int start, int count, LabelSetBuilder into)
    {
        foreach (ref readonly var label in _labels.AsSpan(start, count))
        {
            if (!label.IsNameEscaped)
            {
                into.Set(_text.Slice(label.NameStart, label.NameLength), ValueOf(label));
                continue;
            }

            // Both lie in the scratch: the name is copied out of the value's way. Names with escapes are rare.
            into.Set(NameOf(label).ToArray(), ValueOf(label));
        }
    }

    private ReadOnlySpan<byte> NameOf(in LabelPlace label)
    {
        var name = _text.Slice(label.NameStart, label.NameLength);
        return label.IsNameEscaped ? Unescape(name) : name;
    }

    private ReadOnlySpan<byte> ValueOf(in LabelPlace label)
    {
        var value = _text.Slice(label.ValueStart, label.ValueLength);
        return label.IsValueEscaped ? Unescape(value) : value;
    }

    /// <summary>Reads labels up to the closing brace and goes behind it.</summary>
    /// <param name="at">The place after the opening brace.</param>
    /// <param name="hasName">Whether a name in quotes is not the metric's.</param>
    /// <param name="first">Where the places of these labels begin: those of an exemplar lie behind the sample's.</param>
    /// <param name="count">The number of labels found.</param>
    private bool TryReadLabels(ref int at, bool hasName, int first, ref int count)
    {
        var names = 0UL;
        var isFirst = true;
        while (true)
        {
            at = _isOpenMetrics ? at : Blanks(at);
            if (at == _text.Length)
            {
                return FailWith(FaultCode.OpenBraces, at);
            }

            if (_text[at] == '}')
            {
                // The text format takes a comma after the last label.
                if (_isOpenMetrics && !isFirst)
                {
                    return FailWith(FaultCode.ExtraComma, at - 1);
                }

                at++;
                return true;
            }

            isFirst = false;
            if (!TryReadLabel(ref at, ref hasName, first, ref count, ref names))
            {
                return false;
            }

            at = _isOpenMetrics ? at : Blanks(at);
            var next = at < _text.Length ? _text[at] : (byte)0;
            at++;
            if (next == '}')
            {
                return true;
            }

            if (next != ',')
            {
                return FailWith(at > _text.Length ? FaultCode.OpenBraces : FaultCode.NoComma, at - 1);
            }
        }
    }

    private bool TryReadLabel(ref int at, ref bool hasName, int first, ref int count, ref ulong names)
    {
        var start = at;
        var isEscaped = false;
        var isQuoted = _text[at] == '"';
        if (isQuoted)
        {
            if (!TryReadQuoted(ref at, out isEscaped))
            {
                return false;
            }
        }
        else
        {
            at += ExpositionNames.LabelLength(_text[at..]);
        }

        var (nameStart, nameLength) = isQuoted ? (start + 1, at - start - 2) : (start, at - start);
        if (nameLength == 0 || nameLength > _limits.NameBytesMax)
        {
            return FailWith(nameLength > 0 ? FaultCode.NameTooLong : _text[start] == ',' ? FaultCode.ExtraComma : FaultCode.BadLabelName, start);
        }

        at = _isOpenMetrics ? at : Blanks(at);
        if (at == _text.Length || _text[at] != '=')
        {
            return isQuoted && at < _text.Length && _text[at] is (byte)',' or (byte)'}'
                ? TryTakeName(start, nameLength, isEscaped, ref hasName)
                : FailWith(FaultCode.NoEquals, at);
        }

        at++;
        at = _isOpenMetrics ? at : Blanks(at);
        var valueStart = at;
        if (at == _text.Length || _text[at] != '"')
        {
            return FailWith(FaultCode.NoQuote, at);
        }

        return TryReadQuoted(ref at, out var isValueEscaped)
            && TryAdd(new LabelPlace(nameStart, nameLength, valueStart + 1, at - valueStart - 2, isEscaped, isValueEscaped), first, ref count, ref names);
    }

    /// <summary>A text in quotes without a value is the metric's name.</summary>
    private bool TryTakeName(int start, int length, bool isEscaped, ref bool hasName)
    {
        if (hasName)
        {
            return FailWith(FaultCode.SecondName, start);
        }

        hasName = true;
        (_nameStart, _nameLength, _isNameEscaped) = (start + 1, length, isEscaped);
        return true;
    }

    private bool TryAdd(in LabelPlace label, int first, ref int count, ref ulong names)
    {
        if (label.ValueLength > _limits.LabelValueBytesMax)
        {
            return FailWith(FaultCode.ValueTooLong, label.ValueStart);
        }

        if (count == _limits.LabelsMax)
        {
            return FailWith(FaultCode.TooManyLabels, label.NameStart);
        }

        var name = _text.Slice(label.NameStart, label.NameLength);
        if (name.SequenceEqual("__name__"u8))
        {
            return FailWith(FaultCode.ReservedLabel, label.NameStart);
        }

        // Names are only compared where an earlier one of the line has the same mark.
        var mark = label.IsNameEscaped ? ulong.MaxValue : 1UL << (((name[0] * 7) + (name[^1] * 31) + name.Length) & 63);
        var end = first + count;
        if ((names & mark) != 0 && IsTwice(label, first, end))
        {
            return FailWith(FaultCode.DuplicateLabel, label.NameStart);
        }

        names |= mark;
        if (end == _labels.Length)
        {
            Array.Resize(ref _labels, end * 2);
        }

        _labels[end] = label;
        count++;
        return true;
    }

    private bool IsTwice(in LabelPlace label, int first, int end)
    {
        // Each unescaped name lies in the scratch, so that this one needs a copy where it has escapes.
        var name = _text.Slice(label.NameStart, label.NameLength);
        name = label.IsNameEscaped ? Unescape(name).ToArray() : name;
        for (var i = first; i < end; i++)
        {
            if (NameOf(_labels[i]).SequenceEqual(name))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads a text in double quotes and goes behind it.</summary>
    private bool TryReadQuoted(ref int at, out bool isEscaped)
    {
        isEscaped = false;
        var start = at++;
        while (true)
        {
            var length = _text[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (length < 0)
            {
                return FailWith(FaultCode.OpenQuote, start);
            }

            at += length + 1;
            if (_text[at - 1] == '"')
            {
                return true;
            }

            isEscaped = true;
            if (at++ == _text.Length)
            {
                return FailWith(FaultCode.OpenQuote, start);
            }
        }
    }

    /// <summary>A text without its escapes, in the scratch; a backslash before another letter stays, as in Prometheus.</summary>
    private ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> text)
    {
        if (_scratch is null || _scratch.Length < text.Length)
        {
            _scratch = new byte[Math.Max(256, text.Length)];
        }

        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var next = text[i] == '\\' && i + 1 < text.Length ? text[i + 1] : (byte)0;
            var meant = next switch { (byte)'n' => (byte)'\n', (byte)'\\' or (byte)'"' => next, _ => (byte)0 };
            _scratch[count++] = meant == 0 ? text[i] : meant;
            i += meant == 0 ? 0 : 1;
        }

        return _scratch.AsSpan(0, count);
    }

    /// <summary>Where a label lies in its line.</summary>
    private readonly record struct LabelPlace(int NameStart, int NameLength, int ValueStart, int ValueLength, bool IsNameEscaped, bool IsValueEscaped);
}
