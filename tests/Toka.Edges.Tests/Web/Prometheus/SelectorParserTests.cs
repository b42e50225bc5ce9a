using Toka.Query;
using Toka.Query.Results;
using Toka.Web.Prometheus;

namespace Toka.Edges.Tests.Web.Prometheus;

public sealed class SelectorParserTests
{
    private readonly SelectorParser _parser = new(static () => QueryOptions.Default);

    [Fact]
    public void A_selector_gives_its_matchers() =>
        Assert.Equal(["__name__=\"up\"", "job=~\"n.*\""], _parser.Parse("up{job=~\"n.*\"}").Select(static matcher => matcher.ToString()).Order());

    [Theory]
    [InlineData("up offset 5m")]
    [InlineData("up @ 5")]
    [InlineData("up @ end()")]
    [InlineData("up[5m]")]
    [InlineData("sum(up)")]
    [InlineData("1")]
    public void What_a_list_of_series_would_not_heed_is_refused(string selector)
    {
        var fault = Assert.Throws<QueryException>(() => _parser.Parse(selector));
        Assert.Equal(QueryErrorType.BadData, fault.Type);
        Assert.Contains(selector, fault.Message, StringComparison.Ordinal);
    }
}
