using Toka.Core.Series;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Functions;
using Toka.TimeSeries.Tiers;

namespace Toka.Engines.Tests.TimeSeries.Tiers;

public sealed class TierFunctionsTests
{
    [Fact]
    public void Every_function_of_a_range_has_a_rule_with_a_reason()
    {
        var unknown = TierFunctions.Of(Request("no_such_function", 1)).Reason;
        var functions = FunctionRegistry.BuiltIn.Signatures.Where(static signature => signature.Parameters.Contains(ExprType.RangeVector)).ToList();

        Assert.NotEmpty(functions);
        Assert.All(functions, signature => Assert.NotEqual(unknown, TierFunctions.Of(Request(signature.Name, 1)).Reason));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("sum", true)]
    [InlineData("timestamp", false)]
    public void Instant_selectors_may_use_summaries_unless_their_time_is_asked_for(string function, bool may) =>
        Assert.Equal(may, TierFunctions.Of(Request(function, 0)).MayUseSummaries);

    private static SelectRequest Request(string function, long rangeMs) => new() { FromMs = 0, ToMs = 1, RangeMs = rangeMs, Function = function };
}
