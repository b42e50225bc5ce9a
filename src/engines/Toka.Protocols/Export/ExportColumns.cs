using Toka.Core.Errors;
using Toka.Core.Labels;

namespace Toka.Protocols.Export;

/// <summary>The columns of a table of samples: <c>time</c>, one for each label, <c>value</c>. Immutable.</summary>
internal sealed class ExportColumns
{
    public const string Time = "time";
    public const string Value = "value";

    /// <summary>The most columns of labels. More of them is a selector that mixes many kinds of series, and a table that nothing opens.</summary>
    public const int LabelsMax = 1000;

    private readonly Dictionary<string, int> _places;

    /// <summary>Lays the columns out.</summary>
    /// <param name="labels">The names of all labels that occur, ascending.</param>
    /// <exception cref="LimitExceededException">There are too many.</exception>
    public ExportColumns(IReadOnlyList<string> labels)
    {
        if (labels.Count > LabelsMax)
        {
            throw new LimitExceededException("export_columns", $"the selected series have {labels.Count} different labels, and each becomes a column; the limit is {LabelsMax}. Select less, or export OpenMetrics, which has no columns");
        }

        // The name first, because it is what a reader looks for.
        Labels = [.. labels.OrderBy(static name => name == LabelSet.MetricName ? 0 : 1)];
        _places = Labels.Select(static (name, place) => (name, place)).ToDictionary(static label => label.name, static label => label.place, StringComparer.Ordinal);
        Headers = [.. Labels.Select(HeaderOf)];
    }

    /// <summary>The labels, in the order of their columns.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The headers of their columns: the label's name, with an underscore for each that it would share with another column.</summary>
    public IReadOnlyList<string> Headers { get; }

    /// <summary>Puts a series' values where their columns are; null where it has no such label.</summary>
    /// <returns>False where it has a label without a column.</returns>
    public bool TryPlace(LabelSet series, Span<string?> values)
    {
        values.Clear();
        foreach (var (name, value) in series.ToPairs())
        {
            if (!_places.TryGetValue(name, out var place))
            {
                return false;
            }

            values[place] = value;
        }

        return true;
    }

    private string HeaderOf(string label)
    {
        var header = label;
        if (header is Time or Value)
        {
            do
            {
                header += "_";
            }
            while (_places.ContainsKey(header));
        }

        return header;
    }
}
