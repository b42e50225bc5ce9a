using CsCheck;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Query;
using Toka.Query.PromQL.Functions;
using Toka.Query.Results;

namespace Toka.Engines.Tests.Query;

public sealed class RateColumnsTests
{
    private static readonly FunctionRegistry s_functions = FunctionRegistry.BuiltIn
        .WithRange("rate_alone", 0, RateFunctions.Rate)
        .WithRange("increase_alone", 0, RateFunctions.Increase)
        .WithRange("delta_alone", 0, RateFunctions.Delta);

    private static readonly string[] s_modifiers = ["", " offset 7s", " @ 60"];

    private static readonly double[] s_odd = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, -0.0, StaleMarker.Value, 1e308];

    /// <summary>Counters that fall, gauges, gaps, and the values that compare like no number.</summary>
    private static readonly Gen<double> s_value = Gen.Frequency(
        (12, Gen.Int[0, 40].Select(static value => (double)value)),
        (4, Gen.Double[-1e3, 1e3]),
        (1, Gen.Int[0, s_odd.Length - 1].Select(static i => s_odd[i])));

    [Fact]
    public Task Windows_that_are_computed_together_have_the_values_of_windows_that_are_computed_one_by_one() =>
        Gen.Select(s_value.Array[0, 400], Gen.Int[1, 20], Gen.Int[1, 60], Gen.Int[1, 900], Gen.Int[0, 2].Select(static i => s_modifiers[i])).SampleAsync(
            async (values, stepSeconds, rangeSeconds, steps, modifier) =>
            {
                var reader = new ListReader();
                reader.Add(LabelSet.Of(("__name__", "x_total")), 1500, values);
                var engine = new QueryEngine(reader, QueryOptions.Default with { Functions = s_functions }, TimeProvider.System);
                foreach (var function in (string[])["rate", "increase", "delta"])
                {
                    var together = await AskAsync(engine, $"{function}(x_total[{rangeSeconds}s]{modifier})", stepSeconds, steps);
                    var alone = await AskAsync(engine, $"{function}_alone(x_total[{rangeSeconds}s]{modifier})", stepSeconds, steps);
                    Assert.Equal(alone, together);
                }
            });

    /// <summary>Times and bits of the only series; nothing where there is none.</summary>
    private static async Task<(long, long)[]> AskAsync(QueryEngine engine, string expression, int stepSeconds, int steps)
    {
        var result = await engine.RangeAsync(expression, 1000, 1000 + (stepSeconds * 1000L * steps), stepSeconds * 1000L, CancellationToken.None);
        var series = ((MatrixValue)result.Value).Series;
        return series.Count == 0
            ? []
            : [.. series[0].Timestamps.ToArray().Zip(series[0].Values.ToArray(), static (time, value) => (time, BitConverter.DoubleToInt64Bits(value)))];
    }
}
