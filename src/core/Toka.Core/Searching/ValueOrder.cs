using Toka.Core.Attributes;

namespace Toka.Core.Searching;

/// <summary>An order of all values: by kind, numbers among themselves, then by number or text.</summary>
public sealed class ValueOrder : IComparer<AttributeValue>
{
    private ValueOrder()
    {
    }

    /// <summary>The order.</summary>
    public static ValueOrder Instance { get; } = new();

    /// <inheritdoc/>
    public int Compare(AttributeValue x, AttributeValue y)
    {
        var order = Rank(x).CompareTo(Rank(y));
        order = order != 0 ? order : x.IsNumber ? x.Number.CompareTo(y.Number) : ConditionEvaluator.CompareTexts(x.ToString(), y.ToString());
        order = order != 0 ? order : x.Kind.CompareTo(y.Kind);
        return order != 0 ? order : x.Int.CompareTo(y.Int);
    }

    private static int Rank(AttributeValue value) => value.IsNumber ? (int)AttributeKind.Int : (int)value.Kind;
}

/// <summary>The order of lists of values: by the first that differs.</summary>
internal sealed class ValuesOrder : IComparer<IReadOnlyList<AttributeValue>>
{
    public static ValuesOrder Instance { get; } = new();

    public int Compare(IReadOnlyList<AttributeValue>? x, IReadOnlyList<AttributeValue>? y)
    {
        for (var i = 0; i < Math.Min(x!.Count, y!.Count); i++)
        {
            if (ValueOrder.Instance.Compare(x[i], y[i]) is var order && order != 0)
            {
                return order;
            }
        }

        return x.Count.CompareTo(y.Count);
    }
}

/// <summary>The order of texts by code points.</summary>
internal sealed class TextOrder : IComparer<string>
{
    public static TextOrder Instance { get; } = new();

    public int Compare(string? x, string? y) => ConditionEvaluator.CompareTexts(x!, y!);
}
