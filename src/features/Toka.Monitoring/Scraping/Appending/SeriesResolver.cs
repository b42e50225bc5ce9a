using System.Text;
using Toka.Core.Errors;
using Toka.Core.Labels;

namespace Toka.Monitoring.Scraping.Appending;

/// <summary>
/// What a series of a target is in the store: its labels together with those of the target, after the rules of the job. Not
/// thread-safe.
/// </summary>
/// <remarks>Source: Prometheus, <c>honor_labels</c>, <c>metric_relabel_configs</c> and the limits of labels.</remarks>
internal sealed class SeriesResolver
{
    private const int ShownCharactersMax = 50;

    private readonly ScrapeRules _rules;
    private readonly byte[][] _names;
    private readonly byte[][] _values;
    private readonly bool[] _isWritten;
    private readonly List<(byte[] Name, byte[] Value)> _exposed = [];

    public SeriesResolver(ScrapeRules rules, LabelSet target)
    {
        _rules = rules;
        var labels = target.ToPairs().ToArray();
        _names = [.. labels.Select(static label => Encoding.UTF8.GetBytes(label.Key))];
        _values = [.. labels.Select(static label => Encoding.UTF8.GetBytes(label.Value))];
        _isWritten = new bool[labels.Length];
    }

    /// <summary>The names of the target's labels.</summary>
    public ReadOnlySpan<byte[]> TargetNames => _names;

    /// <summary>Of the series to come, for each of the target's labels whether the target writes it, be it empty.</summary>
    public Span<bool> IsWritten => _isWritten;

    /// <summary>Makes the series of the store out of the labels in the body.</summary>
    /// <param name="labels">Changed in place.</param>
    /// <param name="refusal">Why it is not kept, where that is not as the rules wish.</param>
    /// <returns>Whether it is kept.</returns>
    public bool Resolve(LabelSetBuilder labels, out ScrapeRefusal refusal)
    {
        refusal = ScrapeRefusal.None;
        if (_rules.HonorLabels)
        {
            AddMissing(labels);
        }
        else
        {
            RenameExposed(labels);
        }

        try
        {
            if (!_rules.Relabelling.Apply(labels) || labels.Count == 0)
            {
                return false;
            }
        }
        catch (BadInputException)
        {
            refusal = ScrapeRefusal.BadLabels;
            return false;
        }

        refusal = labels.TryGet("__name__"u8, out _) && (!_rules.HasLegacyNames || AreLegacy(labels)) ? ScrapeRefusal.None : ScrapeRefusal.BadLabels;
        return refusal == ScrapeRefusal.None;
    }

    private static bool AreLegacy(LabelSetBuilder labels)
    {
        foreach (var label in labels.Build())
        {
            if (!IsLegacy(label.Name, allowColon: false) || (label.Name.SequenceEqual("__name__"u8) && !IsLegacy(label.Value, allowColon: true)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsLegacy(ReadOnlySpan<byte> name, bool allowColon)
    {
        foreach (var b in name)
        {
            if (!char.IsAsciiLetterOrDigit((char)b) && b != '_' && !(allowColon && b == ':'))
            {
                return false;
            }
        }

        return !char.IsAsciiDigit((char)name[0]);
    }

    /// <summary>Which limit of labels a series breaks.</summary>
    /// <returns>A sentence; null where it breaks none.</returns>
    public string? BreachOf(LabelSetBuilder labels)
    {
        if (_rules is { LabelLimit: 0, LabelNameLengthLimit: 0, LabelValueLengthLimit: 0 })
        {
            return null;
        }

        if (_rules.LabelLimit > 0 && labels.Count > _rules.LabelLimit)
        {
            return Sentence("label_limit", labels, $"{labels.Count} labels", _rules.LabelLimit);
        }

        foreach (var label in labels.Build())
        {
            if (_rules.LabelNameLengthLimit > 0 && label.Name.Length > _rules.LabelNameLengthLimit)
            {
                return Sentence("label_name_length_limit", labels, $"the label {Shown(label.Name)} of {label.Name.Length} bytes", _rules.LabelNameLengthLimit);
            }

            if (_rules.LabelValueLengthLimit > 0 && label.Value.Length > _rules.LabelValueLengthLimit)
            {
                return Sentence("label_value_length_limit", labels, $"the label {Shown(label.Name)} with a value of {label.Value.Length} bytes", _rules.LabelValueLengthLimit);
            }
        }

        return null;
    }

    private static string Sentence(string limit, LabelSetBuilder labels, string what, int value)
    {
        labels.TryGet("__name__"u8, out var name);
        return $"{limit}: a series of {Shown(name)} has {what}, the limit is {value}; nothing of the scrape is kept. Raise the limit, or drop the label with metric_relabel_configs";
    }

    private static string Shown(ReadOnlySpan<byte> text)
    {
        var shown = Encoding.UTF8.GetString(text);
        return shown.Length <= ShownCharactersMax ? shown : shown[..ShownCharactersMax] + "…";
    }

    private void AddMissing(LabelSetBuilder labels)
    {
        for (var i = 0; i < _names.Length; i++)
        {
            if (!_isWritten[i])
            {
                labels.Set(_names[i], _values[i]);
            }
        }
    }

    private void RenameExposed(LabelSetBuilder labels)
    {
        _exposed.Clear();
        for (var i = 0; i < _names.Length; i++)
        {
            if (labels.TryGet(_names[i], out var exposed))
            {
                _exposed.Add((_names[i], exposed.ToArray()));
            }

            labels.Set(_names[i], _values[i]);
        }

        // The shortest first, so that a label which is itself named exported_… gives way to the plain one.
        _exposed.Sort(static (left, right) => left.Name.Length.CompareTo(right.Name.Length));
        foreach (var (name, value) in _exposed)
        {
            byte[] renamed = name;
            do
            {
                renamed = [.. "exported_"u8, .. renamed];
            }
            while (labels.TryGet(renamed, out _));

            labels.Set(renamed, value);
        }
    }
}
