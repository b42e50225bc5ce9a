using System.Text;
using Toka.Core.Labels;
using Toka.Query.PromQL.Ast;

namespace Toka.Query.PromQL.Execution;

/// <summary>Makes label sets of label sets; holds a builder that is used again and again.</summary>
/// <param name="context">The query, which holds what is made. Of the evaluating thread.</param>
internal sealed class LabelOperations(QueryContext context)
{
    /// <summary>So many label sets are some tenths of a millisecond.</summary>
    private const int SetsBetweenChecks = 1024;

    private static readonly byte[] NameLabel = Encoding.UTF8.GetBytes(LabelSet.MetricName);
    private static readonly byte[] TypeLabel = "__type__"u8.ToArray();
    private static readonly byte[] UnitLabel = "__unit__"u8.ToArray();

    private readonly LabelSetBuilder _builder = new();
    private int _made;

    /// <summary>The labels that make up a metric's name.</summary>
    public byte[][] NameLabels { get; } = context.Options.TypeAndUnitLabels ? [NameLabel, TypeLabel, UnitLabel] : [NameLabel];

    public static byte[][] Encode(IEnumerable<string> names) => [.. names.Select(Encoding.UTF8.GetBytes)];

    public LabelSet WithoutName(LabelSet labels) =>
        Array.Exists(NameLabels, name => labels.TryGet(name, out _)) ? Without(labels, NameLabels) : labels;

    /// <summary>Only these labels.</summary>
    public LabelSet Keep(LabelSet labels, byte[][] names)
    {
        _builder.Clear();
        foreach (var name in names)
        {
            if (labels.TryGet(name, out var value))
            {
                _builder.Set(name, value);
            }
        }

        return Built();
    }

    /// <summary>All labels but these.</summary>
    public LabelSet Without(LabelSet labels, byte[][] names)
    {
        _builder.Clear();
        foreach (var label in labels)
        {
            if (!Contains(names, label.Name))
            {
                _builder.Set(label.Name, label.Value);
            }
        }

        return Built();
    }

    /// <summary>All labels, some of them taken from another set (and removed where it has none).</summary>
    public LabelSet WithFrom(LabelSet labels, LabelSet other, byte[][] names)
    {
        if (names.Length == 0)
        {
            return labels;
        }

        Start(labels);
        foreach (var name in names)
        {
            other.TryGet(name, out var value);
            _builder.Set(name, value);
        }

        return Built();
    }

    public LabelSet With(LabelSet labels, string name, string value, Expr at)
    {
        if (Encoding.UTF8.GetByteCount(name) > LabelSet.TextBytesMax || Encoding.UTF8.GetByteCount(value) > LabelSet.TextBytesMax)
        {
            throw QueryContext.Fail($"{at} makes a label of more than {LabelSet.TextBytesMax} bytes, the limit of a label", at);
        }

        Start(labels);
        _builder.Set(name, value);
        return Built();
    }

    /// <summary>Labels as error messages show them, the name among them.</summary>
    public static string Describe(LabelSet labels) =>
        "{" + string.Join(", ", labels.ToPairs().Select(static pair => $"{pair.Key}={ExprPrinter.Quote(pair.Value)}")) + "}";

    private static bool Contains(byte[][] names, ReadOnlySpan<byte> name)
    {
        foreach (var candidate in names)
        {
            if (name.SequenceEqual(candidate))
            {
                return true;
            }
        }

        return false;
    }

    private LabelSet Built()
    {
        var labels = _builder.Build();
        context.Hold(Footprint.Of(labels), context.Evaluating);
        if (++_made % SetsBetweenChecks == 0)
        {
            context.CheckCancelled();
        }

        return labels;
    }

    private void Start(LabelSet labels)
    {
        _builder.Clear();
        foreach (var label in labels)
        {
            _builder.Set(label.Name, label.Value);
        }
    }
}
