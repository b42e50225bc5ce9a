namespace Toka.Query;

/// <summary>Who asks a query: for the query log and the list of active queries. What does not apply is empty.</summary>
/// <param name="Kind">What it comes from, such as <c>http</c>, <c>rule</c> or <c>internal</c>.</param>
public sealed record QueryOrigin(string Kind)
{
    /// <summary>Toka itself, such as its page's overview.</summary>
    public static readonly QueryOrigin Internal = new("internal");

    /// <summary>The address that the request came from, with its port.</summary>
    public string Client { get; init; } = "";

    /// <summary>What the client calls itself, cut to 200 characters.</summary>
    public string UserAgent { get; init; } = "";

    /// <summary>The path that was asked, such as <c>/api/v1/query</c>.</summary>
    public string Path { get; init; } = "";

    /// <summary>The rule that the expression is of.</summary>
    public string Rule { get; init; } = "";

    /// <summary>The evaluation of a rule.</summary>
    /// <param name="name">The rule's name.</param>
    public static QueryOrigin OfRule(string name) => new("rule") { Rule = name };

    /// <summary>A request over HTTP.</summary>
    /// <param name="client">The address that it came from.</param>
    /// <param name="userAgent">What the client calls itself.</param>
    /// <param name="path">What was asked.</param>
    public static QueryOrigin OfHttp(string client, string userAgent, string path)
    {
        ArgumentNullException.ThrowIfNull(userAgent);
        return new("http") { Client = client, UserAgent = userAgent.Length <= UserAgentMax ? userAgent : userAgent[..UserAgentMax], Path = path };
    }

    /// <summary>The most characters kept of what a client calls itself: browsers need about 120.</summary>
    private const int UserAgentMax = 200;
}
