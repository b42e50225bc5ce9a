using System.Globalization;
using System.Text;
using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Events.Storage;

namespace Toka.Events.Indexes;

/// <summary>Says which granules of a sealed file may have rows that hold a condition. Used by one search.</summary>
internal sealed class GranuleFilter
{
    // Beyond this, whole numbers and floating-point ones are written differently.
    private const double SameTextMax = 1e15;

    private static readonly Func<int, bool> Anything = static _ => true;
    private readonly Part _part;
    private readonly Func<int, bool> _may;

    /// <summary>Prepares a condition for a file.</summary>
    public GranuleFilter(Part part, Condition condition)
    {
        _part = part;
        _may = Of(condition);
    }

    /// <summary>The granules within a range that may have such rows.</summary>
    public List<int> Granules(EventRange range)
    {
        var all = new List<int>();
        for (var i = 0; i < _part.Index.Granules.Count; i++)
        {
            var granule = _part.Index.Granules[i];
            if (granule.ToNs >= range.FromNs && granule.FromNs <= range.ToNs && _may(i))
            {
                all.Add(i);
            }
        }

        return all;
    }

    private Func<int, bool> Of(Condition condition)
    {
        switch (condition)
        {
            case Condition.All all:
                Func<int, bool>[] parts = [.. all.Parts.Select(Of).Append(OfService(all)).Where(static part => part != Anything)];
                return parts.Length switch { 0 => Anything, 1 => parts[0], _ => granule => Array.TrueForAll(parts, part => part(granule)) };
            case Condition.Any any:
                Func<int, bool>[] choices = [.. any.Parts.Select(Of)];
                return choices.Contains(Anything) ? Anything : granule => Array.Exists(choices, choice => choice(granule));
            case Condition.Not:
                return Anything;
            default:
                return Of((Condition.Compare)condition);
        }
    }

    private Func<int, bool> Of(Condition.Compare compare)
    {
        var field = compare.Field;
        switch (field.FieldKind)
        {
            case FieldKind.Service or FieldKind.Name when IsEqual(compare):
                return Any([Tokens.Of(Tokens.Seed(new Field(field.FieldKind)), Utf8(compare.Value))]);
            case FieldKind.EventName or FieldKind.LinkTraceId when IsEqual(compare):
                return Any([Tokens.Of(Tokens.Seed(new Field(field.FieldKind)), Utf8(compare.Value))]);
            case FieldKind.OwnAttribute or FieldKind.EventAttribute or FieldKind.LinkAttribute:
                return Any(TokensOf(compare, field.FieldKind));
            case FieldKind.Attribute:
                return Any([
                    .. TokensOf(compare, FieldKind.OwnAttribute),
                    .. TokensOf(compare, FieldKind.EventAttribute),
                    .. TokensOf(compare, FieldKind.LinkAttribute),
                    .. OriginsWhere(compare)]);
            case FieldKind.ResourceAttribute or FieldKind.ScopeAttribute or FieldKind.ScopeName or FieldKind.ScopeVersion:
                return Any(OriginsWhere(compare));
            case FieldKind.Duration or FieldKind.Status or FieldKind.Severity:
                return OfService(new Condition.All([compare]));
            case FieldKind.TraceId when IsEqual(compare):
                if (!TraceId.TryParse(compare.Value.ToString(), out var id))
                {
                    return Anything; // Records without a trace are in no list of traces.
                }

                var granules = new HashSet<int>();
                _part.Index.FindTrace(_part.IndexBytes, Tokens.FingerprintOf(Signals.SignalShape<SpanRecord>.ToUuid(id)), granules);
                return granules.Contains;
            default:
                return Anything;
        }
    }

    /// <summary>What a granule says of each service: that of a condition's service must have what the condition asks of errors and durations.</summary>
    private Func<int, bool> OfService(Condition.All all)
    {
        var (service, isAsked, errors, least) = (-1, false, 0, long.MinValue);
        foreach (var compare in all.Parts.OfType<Condition.Compare>())
        {
            switch (compare.Field.FieldKind)
            {
                case FieldKind.Service when IsEqual(compare):
                    service = ServiceOf(compare.Value.ToString());
                    break;
                case FieldKind.Status when compare is { Comparison: Comparison.Equal, Value.Kind: AttributeKind.Int } && compare.Value.Int == (long)SpanStatus.Error:
                    (errors, isAsked) = (1, true);
                    break;
                case FieldKind.Duration or FieldKind.Severity when compare is { Value.Kind: AttributeKind.Int, Comparison: Comparison.Greater or Comparison.GreaterOrEqual or Comparison.Equal }:
                    (least, isAsked) = (Math.Max(least, compare.Value.Int), true);
                    break;
                default:
                    break;
            }
        }

        return !isAsked ? Anything : granule => _part.Index.Granules[granule].Services.Any(one =>
            (service == -1 || one.Service == service) && one.Errors >= errors && one.MaxDurationNs >= least);
    }

    private int ServiceOf(string service)
    {
        for (var i = 0; i < _part.Index.Services.Count; i++)
        {
            if (_part.Index.Services[i] == service)
            {
                return i;
            }
        }

        return int.MaxValue;
    }

    /// <summary>What the filter of a granule that has such an attribute must have; nothing where the file has no such key.</summary>
    private IEnumerable<ulong> TokensOf(Condition.Compare compare, FieldKind scope)
    {
        var field = new Field(scope, compare.Field.Key);
        return _part.Index.MayBeIn(scope, field.Key) || (scope == FieldKind.OwnAttribute && _part.Index.ColumnOf(field.Key) is not null) ? [TokenOf(compare, field)] : [];
    }

    private static ulong TokenOf(Condition.Compare compare, Field field)
    {
        var seed = Tokens.Seed(field);
        return IsEqual(compare) && (!compare.Value.IsNumber || (Math.Abs(compare.Value.Number) < SameTextMax && compare.Value.Number != 0))
            ? Tokens.Of(seed, Utf8(compare.Value))
            : Tokens.Exists(seed);
    }

    private IEnumerable<ulong> OriginsWhere(Condition.Compare compare)
    {
        var fields = compare.Field.FieldKind == FieldKind.Attribute
            ? new[] { new Field(FieldKind.ResourceAttribute, compare.Field.Key), new Field(FieldKind.ScopeAttribute, compare.Field.Key) }
            : [compare.Field];
        foreach (var (id, origin) in _part.Index.Origins)
        {
            ISearchable record = new SpanRecord { TraceId = default, SpanId = default, StartNs = 0, DurationNs = 0, Origin = origin, Name = "" };
            if (Array.Exists(fields, field => new ConditionEvaluator(compare with { Field = field }).Holds(record)))
            {
                yield return Tokens.OfOrigin(id);
            }
        }
    }

    private Func<int, bool> Any(IEnumerable<ulong> tokens)
    {
        ulong[] all = [.. tokens];
        return granule =>
        {
            var filter = _part.FilterOf(granule);
            foreach (var token in all)
            {
                if (Bloom.MayHave(filter, token))
                {
                    return true;
                }
            }

            return false;
        };
    }

    private static bool IsEqual(Condition.Compare compare) => compare.Comparison is Comparison.Equal or Comparison.TextEqual;

    private static byte[] Utf8(AttributeValue value) => Encoding.UTF8.GetBytes(value.ToString());
}
