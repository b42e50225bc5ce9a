using System.Text.Json;
using Toka.Analysis.Statistics;
using Toka.Tracing.Comparing;
using Toka.Tracing.Trees;
using Toka.Web.Http;

namespace Toka.Web.Api.Traces;

/// <summary>What two traces, or two sets of them, differ in, as JSON. Times of traces are ns, of sets seconds.</summary>
internal static class ComparisonJson
{
    /// <summary>The most places of a pair of traces that are told: those with the largest differences.</summary>
    private const int PlacesMax = 2000;

    /// <summary>The most spans that are named of one place.</summary>
    private const int SpansMax = 20;

    /// <summary>Two traces.</summary>
    public static void Write(Utf8JsonWriter json, TraceTree first, TraceTree second, TraceDifference difference)
    {
        WriteTrace(json, "a"u8, first, difference.FirstNs);
        WriteTrace(json, "b"u8, second, difference.SecondNs);
        json.WriteNumber("deltaNs"u8, difference.SecondNs - difference.FirstNs);
        json.WriteStartArray("places"u8);
        foreach (var place in difference.Places.Take(PlacesMax))
        {
            WritePlace(json, first, second, place);
        }

        json.WriteEndArray();
        json.WriteNumber("placesLeftOut"u8, Math.Max(0, difference.Places.Count - PlacesMax));
        WriteNumbers(json, "byCritical"u8, difference.ByCriticalDelta.Where(static place => place < PlacesMax));
        WriteNumbers(json, "bySelf"u8, difference.BySelfDelta.Where(static place => place < PlacesMax));
    }

    /// <summary>Two sets.</summary>
    public static void Write(Utf8JsonWriter json, SetDifference difference)
    {
        WriteSet(json, "a"u8, difference.First, difference.FirstDurations);
        WriteSet(json, "b"u8, difference.Second, difference.SecondDurations);
        Write(json, "medianSeconds"u8, difference.MedianSeconds);
        Write(json, "meanSeconds"u8, difference.MeanSeconds);
        Write(json, "significance"u8, difference.Duration);
        json.WriteStartArray("operations"u8);
        foreach (var operation in difference.Operations)
        {
            WriteOperation(json, operation);
        }

        json.WriteEndArray();
        json.WriteNumber("operationsLeftOut"u8, difference.OperationsLeftOut);
        json.WriteStartArray("attributes"u8);
        foreach (var attribute in difference.Attributes)
        {
            WriteAttribute(json, attribute);
        }

        json.WriteEndArray();
        json.WriteNumber("attributesTested"u8, difference.AttributesTested);
        json.WriteNumber("keysLeftOut"u8, difference.KeysLeftOut);
    }

    private static void WriteTrace(Utf8JsonWriter json, ReadOnlySpan<byte> name, TraceTree tree, long durationNs)
    {
        json.WriteStartObject(name);
        json.WriteString("traceId"u8, tree.Spans[0].TraceId.ToString());
        json.WriteString("service"u8, tree.Spans[tree.Root].Origin.Service);
        json.WriteString("name"u8, tree.Spans[tree.Root].Name);
        json.WriteNumber("durationNs"u8, durationNs);
        json.WriteNumber("spans"u8, tree.Count);
        json.WriteEndObject();
    }

    private static void WritePlace(Utf8JsonWriter json, TraceTree first, TraceTree second, ComparedPlace place)
    {
        json.WriteStartObject();
        json.WriteString("service"u8, place.Service);
        json.WriteString("name"u8, place.Name);
        json.WriteNumber("parent"u8, place.Parent);
        json.WriteNumber("depth"u8, place.Depth);
        WriteSide(json, "a"u8, first, place.First);
        WriteSide(json, "b"u8, second, place.Second);
        json.WriteNumber("selfDeltaNs"u8, place.SelfDeltaNs);
        json.WriteNumber("criticalDeltaNs"u8, place.CriticalDeltaNs);
        json.WriteStartArray("attributes"u8);
        foreach (var attribute in place.Attributes)
        {
            json.WriteStartObject();
            json.WriteString("key"u8, attribute.Key);
            json.WriteString("a"u8, attribute.First);
            json.WriteString("b"u8, attribute.Second);
            json.WriteNumber("spans"u8, attribute.Spans);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteSide(Utf8JsonWriter json, ReadOnlySpan<byte> name, TraceTree tree, PlaceSide side)
    {
        json.WriteStartObject(name);
        json.WriteNumber("count"u8, side.Spans.Count);
        json.WriteNumber("durationNs"u8, side.DurationNs);
        json.WriteNumber("selfNs"u8, side.SelfNs);
        json.WriteNumber("criticalNs"u8, side.CriticalNs);
        json.WriteNumber("errors"u8, side.Errors);
        json.WritePropertyName("spanIds"u8);
        json.WriteStrings(side.Spans.Take(SpansMax).Select(span => tree.Spans[span].SpanId.ToString()));
        json.WriteEndObject();
    }

    private static void WriteSet(Utf8JsonWriter json, ReadOnlySpan<byte> name, int traces, IReadOnlyList<double> durations)
    {
        json.WriteStartObject(name);
        json.WriteNumber("traces"u8, traces);
        json.WriteFinite("p50"u8, durations.ElementAtOrDefault(0));
        json.WriteFinite("p95"u8, durations.ElementAtOrDefault(1));
        json.WriteFinite("p99"u8, durations.ElementAtOrDefault(2));
        json.WriteEndObject();
    }

    private static void WriteOperation(Utf8JsonWriter json, ComparedOperation operation)
    {
        json.WriteStartObject();
        json.WriteString("service"u8, operation.Service);
        json.WriteString("name"u8, operation.Name);
        json.WriteNumber("aTraces"u8, operation.FirstTraces);
        json.WriteNumber("bTraces"u8, operation.SecondTraces);
        json.WriteFinite("aCritical"u8, operation.FirstCritical);
        json.WriteFinite("bCritical"u8, operation.SecondCritical);
        Write(json, "criticalSeconds"u8, operation.CriticalSeconds);
        Write(json, "selfSeconds"u8, operation.SelfSeconds);
        json.WriteFinite("selfSuperiority"u8, operation.SelfSuperiority);
        Write(json, "selfSignificance"u8, operation.SelfSignificance);
        json.WriteFinite("aCount"u8, operation.FirstCount);
        json.WriteFinite("bCount"u8, operation.SecondCount);
        Write(json, "countSignificance"u8, operation.CountSignificance);
        json.WriteFinite("aErrors"u8, operation.FirstErrors);
        json.WriteFinite("bErrors"u8, operation.SecondErrors);
        json.WriteEndObject();
    }

    private static void WriteAttribute(Utf8JsonWriter json, ComparedAttribute attribute)
    {
        json.WriteStartObject();
        json.WriteString("service"u8, attribute.Service);
        json.WriteString("key"u8, attribute.Key);
        json.WriteString("value"u8, attribute.Value);
        json.WriteNumber("a"u8, attribute.First);
        json.WriteNumber("b"u8, attribute.Second);
        Write(json, "logOdds"u8, attribute.LogOdds);
        Write(json, "significance"u8, attribute.Significance);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, Estimate estimate)
    {
        json.WriteStartObject(name);
        json.WriteFinite("value"u8, estimate.Value);
        json.WriteFinite("low"u8, estimate.Low);
        json.WriteFinite("high"u8, estimate.High);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, Significance significance)
    {
        json.WriteStartObject(name);
        json.WriteFinite("p"u8, significance.P);
        json.WriteFinite("adjustedP"u8, significance.AdjustedP);
        json.WriteString("certainty"u8, significance.Certainty switch
        {
            Certainty.AlmostCertain => "almost certain",
            Certainty.Strong => "strong",
            Certainty.Likely => "likely",
            _ => "not shown",
        });
        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, ReadOnlySpan<byte> name, IEnumerable<int> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }
}
