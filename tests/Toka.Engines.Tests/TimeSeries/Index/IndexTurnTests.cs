using System.Buffers;
using CsCheck;
using Toka.Core.Labels;
using Toka.TimeSeries.Index;

namespace Toka.Engines.Tests.TimeSeries.Index;

/// <summary>Searches that let writers in. Here the writer comes each time the lock is let go of, which is when readers announce themselves.</summary>
public sealed class IndexTurnTests
{
    private static readonly LabelMatcher[] s_slow = [new("i", MatchOperator.Matches, ".*7.*"), new("kind", MatchOperator.DoesNotMatch, "x.+")];

    private readonly Lock _lock = new();
    private readonly SeriesIndex _index = new();
    private readonly HashSet<LabelSet> _live = [];
    private readonly IndexTurn _turn;
    private Action _writer = static () => { };
    private int _openings;

    public IndexTurnTests()
    {
        _turn = new IndexTurn(_index, _lock, () =>
        {
            Assert.False(_lock.IsHeldByCurrentThread);
            _openings++;
            _writer();
        });
        AddMany(0, 2000);
    }

    [Fact]
    public void A_writer_gets_in_while_an_expression_is_matched_with_many_values_or_series()
    {
        foreach (var matchers in new LabelMatcher[][]
        {
            [s_slow[0]], [s_slow[1]], s_slow, [new("i", MatchOperator.DoesNotMatch, "1.*|.*2")],
            [new("kind", MatchOperator.Equal, "a"), new("i", MatchOperator.Matches, ".*7.*")],
        })
        {
            _openings = 0;
            var found = Resolve(matchers);
            Assert.True(_openings > _index.Count / 2 / 256, $"{_openings} times in {string.Join(',', (object[])matchers)}");
            Assert.Equal(_live.Where(series => Selector.IsMatch(series, matchers)).Order(), found.Order());
        }
    }

    [Fact]
    public void A_pattern_is_matched_without_the_lock()
    {
        var (outside, inside) = (0, 0);
        var index = _turn.Run(turn =>
        {
            inside += _lock.IsHeldByCurrentThread ? 1 : 0;
            turn.Outside(() => outside += _lock.IsHeldByCurrentThread ? 0 : 1);
            inside += _lock.IsHeldByCurrentThread ? 1 : 0;
            return _index;
        });
        Assert.Equal((1, 2, _index), (outside, inside, index));
        Assert.False(_lock.IsHeldByCurrentThread);
    }

    [Fact]
    public void A_search_that_is_cancelled_outside_leaves_the_lock_free()
    {
        using var stop = new CancellationTokenSource();
        _writer = () =>
        {
            if (_openings == 3)
            {
                stop.Cancel();
            }
        };
        Assert.Throws<OperationCanceledException>(() => _turn.Run(turn => new Selector(_index, turn, stop.Token).Resolve(s_slow)));
        Assert.InRange(_openings, 3, 4);
        Assert.False(_lock.IsHeldByCurrentThread);
        _lock.Enter();
        _lock.Exit();
    }

    [Fact]
    public void A_search_begins_again_when_series_are_removed_meanwhile()
    {
        // The last pairs of a name take the places of those that go, which the search has passed.
        var removals = 0;
        _writer = () =>
        {
            if (_openings is 4 or 9)
            {
                removals++;
                RemoveSome(removals, 200);
            }
        };
        var found = Resolve(s_slow);
        Assert.Equal(2, removals);
        Assert.Equal(_live.Where(static series => Selector.IsMatch(series, s_slow)).Order(), found.Order());
    }

    [Fact]
    public void A_series_that_comes_during_a_search_is_in_its_selection_once()
    {
        var cache = new SelectionCache(_index, _turn);
        var next = 7000;
        _writer = () => AddMany(next++, 1);
        foreach (var _ in Enumerable.Range(0, 3))
        {
            var selection = cache.Get(s_slow, null, TestContext.Current.CancellationToken);
            Assert.Equal(selection.Labels.Distinct(), selection.Labels);
        }

        _writer = static () => { };
        Assert.Equal(
            _live.Where(static series => Selector.IsMatch(series, s_slow)).Order(),
            cache.Get(s_slow, null, TestContext.Current.CancellationToken).Labels);
    }

    [Fact]
    public void Selections_are_whole_whatever_comes_and_goes_while_they_are_made() =>
        Gen.Select(Gen.Int[0, 1000], Gen.Int[0, s_matchers.Length - 1].Array[1, 6]).Sample(
            static (seed, queries) => new IndexTurnTests().Churn(new Random(seed), queries), iter: 60);

    [Fact]
    public void Lists_are_whole_though_a_writer_is_let_in()
    {
        var added = 0;
        _writer = () =>
        {
            if (_openings < 12)
            {
                AddMany(5000 + (10 * added++), 3);
            }

            if (_openings is 3 or 5)
            {
                RemoveSome(_openings, 4);
            }
        };
        foreach (var ids in new[] { null, Enumerable.Range(0, 2000).ToArray() })
        {
            _openings = 0;
            var values = _turn.Run(turn =>
            {
                var first = new FirstTexts(0);
                IndexLists.Values(_index, turn, "i", ids is null ? null : Array.FindAll(ids, _index.IsLive), first);
                return first.ToList();
            });
            Assert.True(_openings > 1);
            var old = ids is null ? _live : [.. _live.Where(static series => int.Parse(series["i"]!, System.Globalization.CultureInfo.InvariantCulture) < 2000)];
            Assert.Empty(old.Select(static series => series["i"]!).Except(values));
        }
    }

    private static readonly LabelMatcher[][] s_matchers =
    [
        s_slow, [s_slow[0]], [s_slow[1]], [], [new("kind", MatchOperator.Equal, "a")], [new("none", MatchOperator.Equal, "")], [new("i", MatchOperator.Matches, ".+")],
    ];

    /// <summary>Queries the same again while a writer adds and removes; at last, with the writer gone, everything is there once.</summary>
    private void Churn(Random random, int[] queries)
    {
        var cache = new SelectionCache(_index, _turn);
        var next = 10_000;
        _writer = () =>
        {
            switch (random.Next(30))
            {
                case < 4:
                    AddMany(next++, random.Next(3));
                    break;
                case 4 when _openings % 7 == 0:
                    RemoveSome(random.Next(_live.Count / 2), random.Next(20));
                    break;
                default:
                    break;
            }
        };
        foreach (var query in queries)
        {
            var before = _live.Where(series => Selector.IsMatch(series, s_matchers[query])).ToList();
            var selection = cache.Get(s_matchers[query], null, TestContext.Current.CancellationToken);
            Assert.Equal(selection.Labels.Distinct().Order(), selection.Labels);
            Assert.Empty(before.Where(_live.Contains).Except(selection.Labels));
            Assert.All(selection.Labels, labels => Assert.True(Selector.IsMatch(labels, s_matchers[query])));
        }

        _writer = static () => { };
        foreach (var query in queries)
        {
            var selection = cache.Get(s_matchers[query], null, TestContext.Current.CancellationToken);
            Assert.Equal(_live.Where(series => Selector.IsMatch(series, s_matchers[query])).Order(), selection.Labels);
            Assert.Equal(selection.Labels, selection.Ids.Select(_index.LabelsOf));
        }
    }

    private IEnumerable<LabelSet> Resolve(LabelMatcher[] matchers) =>
        _turn.Run(turn => new Selector(_index, turn, TestContext.Current.CancellationToken).Resolve(matchers)).Select(_index.LabelsOf);

    private void AddMany(int from, int count)
    {
        lock (_lock)
        {
            for (var i = from; i < from + count; i++)
            {
                var labels = LabelSet.Of(("i", $"{i}"), ("kind", i % 2 == 0 ? "a" : $"x{i}"));
                if (_live.Add(labels))
                {
                    _index.Add(labels.Encoded, LabelSet.HashOf(labels.Encoded));
                }
            }
        }
    }

    private void RemoveSome(int from, int count)
    {
        lock (_lock)
        {
            int[] gone = [.. Enumerable.Range(0, _index.End).Where(_index.IsLive).Skip(from).Take(count)];
            foreach (var id in gone)
            {
                _live.Remove(_index.LabelsOf(id));
            }

            if (gone.Length > 0)
            {
                _index.Remove(gone);
            }
        }
    }
}
