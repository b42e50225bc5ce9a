using CsCheck;
using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Core.Spans;
using static Toka.Tests.Events.SpanBatches;

namespace Toka.Engines.Tests.Events;

/// <summary>What a reader is asked.</summary>
public sealed record EventQuestion(Condition Condition, EventRange Range, int Limit, IReadOnlyList<Field> By, Field? Measure, Field Field, long StepNs);

/// <summary>Random spans and questions whose words meet often.</summary>
internal static class EventGen
{
    private static readonly string[] Keys = ["http.route", "code", "user", "größe", "share", "flag", "quote\"d", "tags", "service.name", "k8s.pod"];
    private static readonly string[] Words = ["", "a", "shop", "GET /cart", "Ünïcödé+<&>", "it's", "back\\slash", "ab", "ABC", "timeout after 30s", "%", "_", "404"];

    private static readonly Gen<object?> Value = Gen.OneOf<object?>(
        Among(Words).Select(word => (object?)word),
        Gen.Long[-2, 5].Select(number => (object?)number),
        Among(0.5, 1.0, -3e30, double.NaN, double.PositiveInfinity, 4.0).Select(number => (object?)number),
        Gen.Bool.Select(flag => (object?)flag),
        Gen.Const((object?)null));

    private static readonly Gen<(string, object?)[]> Attributes = Gen.Select(Among(Keys), Value).Array[0, 5].Select(all => all.DistinctBy(one => one.Item1).ToArray());

    private static readonly Gen<Origin> Origins = Gen.Select(Among("shop", "db", "it's"), Among("", "lib", "other"), Gen.Int[0, 3], (service, scope, pod) =>
        new Origin(AttributesOf(("service.name", service), ("k8s.pod", $"pod-{pod}"), ("code", (long)pod)), scope, scope.Length > 0 ? "1.0" : "", pod == 1 ? AttributesOf(("user", "a")) : []));

    private static readonly Gen<byte[]> Events = Gen.Frequency((3, Gen.Const(Array.Empty<byte>())), (1, Gen.Select(Among("exception", "retry", "it's"), Attributes, (name, attributes) => EventsOf((1, name, attributes), (2, "end", [])))));

    private static readonly Gen<byte[]> Links = Gen.Frequency((3, Gen.Const(Array.Empty<byte>())), (1, Gen.Select(Gen.UInt[1, 5], Attributes, (trace, attributes) => LinksOf((new TraceId(trace), new SpanId(trace), attributes)))));

    private static Gen<T> Among<T>(params T[] all) => Gen.Int[0, all.Length - 1].Select(i => all[i]);

    public static Gen<SpanRecord> Spans { get; } =
        from trace in Gen.UInt[1, 200]
        from id in Gen.ULong
        from parent in Gen.ULong[0, 3]
        from start in Gen.Long[-1000, 1000]
        from duration in Gen.Long[0, 100]
        from origin in Origins
        from name in Among(Words)
        from kind in Gen.Int[0, 5]
        from status in Gen.Int[0, 2]
        from message in Among("", "", "timeout after 30s")
        from attributes in Attributes
        from events in Events
        from links in Links
        select new SpanRecord
        {
            TraceId = new TraceId(trace),
            SpanId = new SpanId(id),
            ParentId = new SpanId(parent),
            StartNs = StoreFolder.NowNs + start,
            DurationNs = duration,
            Origin = origin,
            Name = name,
            Kind = (SpanKind)kind,
            Status = (SpanStatus)status,
            StatusMessage = message,
            Attributes = AttributesOf(attributes),
            Events = events,
            Links = links,
        };

    private static readonly Gen<Field> AnyField = Gen.OneOf(
        Gen.Select(Gen.Int[0, (int)FieldKind.LinkAttribute], Among(Keys), (kind, key) => new Field((FieldKind)kind, key)),
        Gen.Int[(int)FieldKind.Service, (int)FieldKind.AnyText].Select(kind => new Field((FieldKind)kind)));

    private static readonly Gen<AttributeValue> Constant = Gen.OneOf(
        Among([.. Words, "pod-1", "lib", "exception", "00000000000000000000000000000003", "5", "true", "0.5"]).Select(word => AttributeValue.Of(word)),
        Gen.Long[-2, 60].Select(number => AttributeValue.Of(number)),
        Among(0.5, 1.0, 2.5, double.NaN, double.PositiveInfinity).Select(number => AttributeValue.Of(number)),
        Gen.Bool.Select(flag => AttributeValue.Of(flag)));

    private static readonly Gen<AttributeValue> Pattern = Among("a.*", "(?i)ab.*", "", ".*", "GET /.+", "pod-[12]", "[^a]*").Select(text => AttributeValue.Of(text));

    private static readonly Gen<Condition> Comparisons =
        from field in AnyField
        from comparison in Gen.Int[0, (int)Comparison.Contains].Select(number => (Comparison)number)
        from value in comparison is Comparison.Matches or Comparison.NotMatches ? Pattern : Constant
        select (Condition)new Condition.Compare(field, comparison, value);

    private static Gen<Condition> Conditions(int depth) => depth == 0 ? Comparisons : Gen.Frequency(
        (3, Comparisons),
        (1, Conditions(depth - 1).Array[0, 3].Select(parts => (Condition)new Condition.All(parts))),
        (1, Conditions(depth - 1).Array[0, 3].Select(parts => (Condition)new Condition.Any(parts))),
        (1, Conditions(depth - 1).Select(inner => (Condition)new Condition.Not(inner))));

    private static readonly Gen<EventRange> Ranges = Gen.Frequency(
        (1, Gen.Const(EventRange.All)),
        (2, Gen.Select(Gen.Long[-1100, 1000], Gen.Long[0, 1500], (from, length) => new EventRange(StoreFolder.NowNs + from, StoreFolder.NowNs + from + length))));

    public static Gen<EventQuestion> Questions { get; } =
        from condition in Conditions(2)
        from range in Ranges
        from limit in Among(1, 3, 20, 2000)
        from groups in AnyField.Array[0, 2]
        from measure in Gen.OneOf(Gen.Const((Field?)null), Gen.Const((Field?)new Field(FieldKind.Duration)), AnyField.Select(field => (Field?)field))
        from field in AnyField
        from step in Among(0L, 100L)
        select new EventQuestion(condition, range, limit, groups, measure, field, range == EventRange.All ? 0 : step);
}
