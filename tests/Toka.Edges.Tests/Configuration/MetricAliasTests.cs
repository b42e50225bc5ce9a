using Toka.Alerting.Rules;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Parsing;

namespace Toka.Edges.Tests.Configuration;

public sealed class MetricAliasTests
{
    public static TheoryData<string> Names => [.. MetricAliases.All.Select(static alias => alias.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_alias_stands_for_PromQL_that_gives_a_vector(string name)
    {
        var expression = PromQlParser.Parse(MetricAliases.Expand(name, TimeSpan.FromSeconds(10)));
        Assert.Equal(ExprType.InstantVector, expression.Type);
    }
}
