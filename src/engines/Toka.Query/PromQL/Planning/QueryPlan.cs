using System.Globalization;
using System.Text;
using Toka.Core.Labels;
using Toka.Core.Series;
using Toka.Query.PromQL.Ast;
using Toka.Query.PromQL.Execution;

namespace Toka.Query.PromQL.Planning;

/// <summary>
/// What a query will read and what it can compute once: selectors turned into requests (equal ones with overlapping times
/// share one), and the largest parts whose value is the same at every step.
/// </summary>
internal sealed class QueryPlan
{
    private readonly Dictionary<VectorSelector, int> _fetchOf = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<CallExpr, VectorSelector> _infoSelectors = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<int, CallExpr> _infoFetches = [];
    private readonly Dictionary<string, List<int>> _fetchesOf = new(StringComparer.Ordinal);
    private readonly HashSet<Expr> _stepInvariant = new(ReferenceEqualityComparer.Instance);
    private readonly RepeatedParts _repeated;
    private readonly HashSet<Expr> _statisticsOnly;
    private readonly QueryOptions _options;

    private QueryPlan(Expr root, StepGrid grid, long endMs, QueryOptions options)
    {
        Root = root;
        Grid = grid;
        EndMs = endMs;
        _options = options;
        _statisticsOnly = HistogramNeeds.StatisticsOnly(root);
        _repeated = RepeatedParts.Find(root, _statisticsOnly);
    }

    public Expr Root { get; }

    public StepGrid Grid { get; }

    /// <summary>Whether it was asked for a range, of however many steps.</summary>
    public bool IsRange { get; private init; }

    /// <summary>What <c>@ start()</c> stands for.</summary>
    public long StartMs => Grid.StartMs;

    /// <summary>What <c>@ end()</c> stands for.</summary>
    public long EndMs { get; }

    /// <summary>What to select, and the selector that asks (the first one, where several share).</summary>
    public List<(SelectRequest Request, VectorSelector Selector)> Fetches { get; } = [];

    public static QueryPlan Build(Expr root, StepGrid grid, long endMs, bool isRange, QueryOptions options)
    {
        SelectorModes.Check(root);
        var plan = new QueryPlan(root, grid, endMs, options) { IsRange = isRange };
        plan.Collect(root, grid.StartMs, grid.EndMs, grid.Count > 1 ? grid.StepMs : 0, "", 0);
        if (plan.MarkInvariant(root))
        {
            plan.Mark(root);
        }

        return plan;
    }

    public int FetchOf(VectorSelector selector) => _fetchOf[selector];

    /// <summary>The selector of the info series of an <c>info</c> call.</summary>
    public VectorSelector InfoSelectorOf(CallExpr call) => _infoSelectors[call];

    /// <summary>The <c>info</c> call whose info series a fetch finds; null for all other fetches.</summary>
    public CallExpr? InfoCallOf(int fetch) => _infoFetches.GetValueOrDefault(fetch);

    /// <summary>The number of a part that stands in the expression more than once; −1 for any other.</summary>
    public int SharedPartOf(Expr expression) => _repeated.PartOf(expression);

    /// <summary>Whether only count and sum are needed of a selector's native histograms.</summary>
    public bool NeedsStatisticsOnly(Expr selector) => _statisticsOnly.Contains(selector);

    /// <summary>Whether an expression has one value for all steps and is worth computing once.</summary>
    public bool IsStepInvariant(Expr expression) => _stepInvariant.Contains(expression);

    /// <summary>
    /// The steps of a subquery: the multiples of its step in (first end − range, last end], counted from the Unix epoch.
    /// </summary>
    /// <remarks><c>points</c> is how many there are; the grid's count stops at <see cref="int.MaxValue"/>.</remarks>
    public StepGrid InnerGrid(SubqueryExpr subquery, long startMs, long endMs, out long points)
    {
        var step = subquery.StepMs == 0 ? (long)_options.DefaultSubqueryStep.TotalMilliseconds : subquery.StepMs;
        var after = subquery.Modifier.Apply(startMs, StartMs, EndMs) - subquery.RangeMs;
        var last = subquery.Modifier.Apply(endMs, StartMs, EndMs);
        var first = after / step * step;
        first += first <= after ? step : 0;
        points = last < first ? 0 : ((last - first) / step) + 1;
        return new StepGrid(first, step, (int)Math.Min(points, int.MaxValue));
    }

    private void Collect(Expr expression, long startMs, long endMs, long stepMs, string function, long rangeMs)
    {
        switch (expression)
        {
            case VectorSelector selector:
                var lookback = (long)_options.LookbackDelta.TotalMilliseconds;
                var reach = rangeMs == 0 ? lookback : selector.Mode == SelectorMode.Plain ? rangeMs : rangeMs + lookback;
                Add(selector, new SelectRequest
                {
                    Matchers = selector.Matchers,
                    FromMs = selector.Modifier.Apply(startMs, StartMs, EndMs) - reach + 1,
                    ToMs = selector.Modifier.Apply(endMs, StartMs, EndMs) + (selector.Mode == SelectorMode.Smoothed ? lookback : 0),

                    // One moment fixed by @ is looked at, whatever the query's step.
                    StepMs = selector.Modifier.At == AtKind.None ? stepMs : 0,
                    RangeMs = rangeMs,
                    Function = function,

                    // Interpolation needs the samples themselves.
                    PrefersRaw = _options.PrefersRaw || selector.Mode != SelectorMode.Plain,
                    Limit = _options.SeriesMax,
                });
                break;
            case MatrixSelector matrix:
                Collect(matrix.Selector, startMs, endMs, stepMs, function, matrix.RangeMs);
                break;
            case SubqueryExpr subquery:
                var inner = InnerGrid(subquery, startMs, endMs, out var points);
                var innerEnd = points == 0 ? inner.StartMs : inner.StartMs + ((points - 1) * inner.StepMs);
                Collect(subquery.Inner, inner.StartMs, innerEnd, inner.StepMs, "", 0);
                break;
            case ParenExpr paren:
                Collect(paren.Inner, startMs, endMs, stepMs, function, 0);
                break;
            case CallExpr { Function: InfoSelection.Function } info:
                Collect(info.Arguments[0], startMs, endMs, stepMs, info.Function, 0);
                CollectInfo(info, startMs, endMs);
                break;
            default:
                var name = expression is CallExpr call ? call.Function : expression is AggregateExpr aggregate ? Names.Of(aggregate.Operator) : "";
                foreach (var child in expression.Children)
                {
                    Collect(child, startMs, endMs, stepMs, name, 0);
                }

                break;
        }
    }

    /// <summary>Adds what an <c>info</c> call selects beside its argument. It shares nothing: what it finds depends on the argument.</summary>
    private void CollectInfo(CallExpr call, long startMs, long endMs)
    {
        var selector = InfoSelection.SelectorOf(call);
        foreach (var modifier in InfoSelection.ModifiersOf(call))
        {
            (startMs, endMs) = (modifier.Apply(startMs, StartMs, EndMs), modifier.Apply(endMs, StartMs, EndMs));
        }

        _infoSelectors[call] = selector;
        _infoFetches[Fetches.Count] = call;
        _fetchOf[selector] = Fetches.Count;
        Fetches.Add((new SelectRequest
        {
            Matchers = selector.Matchers,
            FromMs = startMs - (long)_options.LookbackDelta.TotalMilliseconds + 1,
            ToMs = endMs,
            Function = call.Function,
            PrefersRaw = _options.PrefersRaw,
            Limit = _options.SeriesMax,
        }, selector));
    }

    private void Add(VectorSelector selector, SelectRequest request)
    {
        var key = KeyOf(request.Matchers);
        if (!_fetchesOf.TryGetValue(key, out var alike))
        {
            _fetchesOf.Add(key, alike = []);
        }

        foreach (var i in alike)
        {
            var (known, _) = Fetches[i];
            if (known.FromMs > request.ToMs || request.FromMs > known.ToMs)
            {
                continue;
            }

            var sameHints = known.StepMs == request.StepMs && known.RangeMs == request.RangeMs && known.Function == request.Function;
            var both = sameHints ? known : known with { StepMs = 0, RangeMs = 0, Function = "" };
            Fetches[i] = (both with { FromMs = Math.Min(known.FromMs, request.FromMs), ToMs = Math.Max(known.ToMs, request.ToMs) }, Fetches[i].Selector);
            _fetchOf[selector] = i;
            return;
        }

        _fetchOf[selector] = Fetches.Count;
        alike.Add(Fetches.Count);
        Fetches.Add((request, selector));
    }

    /// <summary>A text that is the same for the same matchers: lengths keep names and values apart.</summary>
    private static string KeyOf(IReadOnlyList<LabelMatcher> matchers)
    {
        var key = new StringBuilder();
        foreach (var matcher in matchers)
        {
            key.Append(CultureInfo.InvariantCulture, $"{(int)matcher.Operator} {matcher.Name.Length} {matcher.Name} {matcher.Value.Length} {matcher.Value} ");
        }

        return key.ToString();
    }

    /// <summary>Whether a node is invariant; marks the invariant children of one that is not.</summary>
    private bool MarkInvariant(Expr expression)
    {
        var self = expression switch
        {
            VectorSelector selector => selector.Modifier.At != AtKind.None,
            SubqueryExpr subquery => subquery.Modifier.At != AtKind.None,
            CallExpr call => !_options.Functions.DependsOnStep(call.Function),
            _ => true,
        };
        var children = ExprWalker.Evaluated(expression);
        var invariant = new bool[children.Count];
        var all = self;
        for (var i = 0; i < invariant.Length; i++)
        {
            invariant[i] = MarkInvariant(children[i]);

            // What a subquery with @ encloses is evaluated on the subquery's own steps.
            all &= invariant[i] || expression is SubqueryExpr;
        }

        for (var i = 0; i < invariant.Length; i++)
        {
            if (invariant[i] && (!all || expression is SubqueryExpr))
            {
                Mark(children[i]);
            }
        }

        return all;
    }

    private void Mark(Expr expression)
    {
        if (expression.Type is ExprType.InstantVector or ExprType.Scalar && expression is not NumberLiteral)
        {
            _stepInvariant.Add(expression);
        }
    }
}
