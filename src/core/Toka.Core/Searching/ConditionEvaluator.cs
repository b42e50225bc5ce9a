using System.Text;
using Toka.Core.Attributes;

namespace Toka.Core.Searching;

/// <summary>Says whether a condition holds, as <see cref="Condition"/> describes it. One for each search: not thread-safe.</summary>
/// <param name="condition">The condition.</param>
public sealed class ConditionEvaluator(Condition condition)
{
    private readonly List<AttributeValue> _values = [];

    /// <summary>Whether it holds for a span or a log record.</summary>
    /// <exception cref="Errors.BadInputException">A regular expression in it is not valid.</exception>
    public bool Holds(ISearchable record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return Holds(condition, record);
    }

    /// <summary>The value of a field: the first where there are many, of kind <see cref="AttributeKind.None"/> where there is none.</summary>
    public static AttributeValue ValueOf(ISearchable record, Field field)
    {
        ArgumentNullException.ThrowIfNull(record);
        var values = new List<AttributeValue>();
        record.CollectValues(field, values);
        return values.Count > 0 ? values[0] : default;
    }

    /// <summary>Whether a comparison holds for one value that is there.</summary>
    /// <param name="compare">The comparison.</param>
    /// <param name="value">The value.</param>
    public static bool Holds(Condition.Compare compare, AttributeValue value)
    {
        ArgumentNullException.ThrowIfNull(compare);
        var other = compare.Value;
        return compare.Comparison switch
        {
            Comparison.Exists => true,
            Comparison.Equal => AreAlike(value, other) && AreEqual(value, other),
            Comparison.NotEqual => AreAlike(value, other) && !AreEqual(value, other),
            Comparison.Less => IsOrdered(value, other, static order => order < 0),
            Comparison.LessOrEqual => IsOrdered(value, other, static order => order <= 0),
            Comparison.Greater => IsOrdered(value, other, static order => order > 0),
            Comparison.GreaterOrEqual => IsOrdered(value, other, static order => order >= 0),
            Comparison.Matches => value.Kind == AttributeKind.Text && IsMatch(compare, value),
            Comparison.NotMatches => value.Kind == AttributeKind.Text && !IsMatch(compare, value),
            Comparison.TextEqual => value.ToString() == other.ToString(),
            Comparison.Contains => Lower(value.ToString()).Contains(Lower(other.ToString()), StringComparison.Ordinal),
            _ => throw new InvalidOperationException($"no such comparison: {compare.Comparison}"),
        };
    }

    /// <summary>The order of two texts by code points, which is the order of their UTF-8.</summary>
    public static int CompareTexts(string left, string right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        var same = left.AsSpan().CommonPrefixLength(right);
        if (same == left.Length || same == right.Length)
        {
            return left.Length.CompareTo(right.Length);
        }

        // Surrogates stand for what is behind all other characters, though their own numbers are not the largest.
        var (a, b) = (left[same], right[same]);
        return char.IsSurrogate(a) == char.IsSurrogate(b) ? a.CompareTo(b) : char.IsSurrogate(a) ? 1 : -1;
    }

    private bool Holds(Condition part, ISearchable record)
    {
        switch (part)
        {
            case Condition.All all:
                foreach (var one in all.Parts)
                {
                    if (!Holds(one, record))
                    {
                        return false;
                    }
                }

                return true;
            case Condition.Any any:
                foreach (var one in any.Parts)
                {
                    if (Holds(one, record))
                    {
                        return true;
                    }
                }

                return false;
            case Condition.Not not:
                return !Holds(not.Inner, record);
            default:
                return HoldsAny((Condition.Compare)part, record);
        }
    }

    private bool HoldsAny(Condition.Compare compare, ISearchable record)
    {
        _values.Clear();
        record.CollectValues(compare.Field, _values);
        foreach (var value in _values)
        {
            if (Holds(compare, value))
            {
                return true;
            }
        }

        return false;
    }

    private static bool AreAlike(AttributeValue left, AttributeValue right) => left.Kind == right.Kind || (left.IsNumber && right.IsNumber);

    private static bool AreEqual(AttributeValue left, AttributeValue right) =>
        left.Kind == AttributeKind.Double || right.Kind == AttributeKind.Double ? left.Number == right.Number : left == right;

    private static bool IsOrdered(AttributeValue left, AttributeValue right, Func<int, bool> test)
    {
        if (left.Kind == AttributeKind.Text && right.Kind == AttributeKind.Text)
        {
            return test(CompareTexts(left.Text, right.Text));
        }

        if (!left.IsNumber || !right.IsNumber || double.IsNaN(left.Number) || double.IsNaN(right.Number))
        {
            return false;
        }

        return test(left.Kind == AttributeKind.Int && right.Kind == AttributeKind.Int ? left.Int.CompareTo(right.Int) : left.Number.CompareTo(right.Number));
    }

    private static bool IsMatch(Condition.Compare compare, AttributeValue value) => compare.Pattern.IsMatch(Encoding.UTF8.GetBytes(value.Text));

    private static string Lower(string text) => !text.AsSpan().ContainsAnyInRange('A', 'Z') ? text : string.Create(text.Length, text, static (target, source) =>
    {
        for (var i = 0; i < source.Length; i++)
        {
            target[i] = char.IsAsciiLetterUpper(source[i]) ? (char)(source[i] | 0x20) : source[i];
        }
    });
}
