using System.Globalization;
using Toka.Conformance.Differential.Queries;

namespace Toka.Conformance.Differential.Findings;

/// <summary>Counts of what came of the questions. Thread-safe.</summary>
internal sealed class Tally
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, int> _known = new(StringComparer.Ordinal);
    private readonly List<(int Number, Question Question, Judgement Judgement)> _disagreements = [];
    private int _queries;
    private int _ranges;
    private int _empty;
    private int _failed;

    public int WithResult => _queries - _empty - _failed;

    public IReadOnlyList<(int Number, Question Question, Judgement Judgement)> Disagreements => [.. _disagreements.OrderBy(static found => found.Number)];

    public void Add(int number, Question question, Judgement judgement)
    {
        lock (_lock)
        {
            _queries++;
            _ranges += question.IsRange ? 1 : 0;
            _empty += judgement.Theirs.IsEmpty ? 1 : 0;
            _failed += judgement.Theirs.Failed ? 1 : 0;
            if (judgement.Difference is not null)
            {
                _disagreements.Add((number, question, judgement));
            }

            foreach (var known in judgement.Known)
            {
                Count(known.Name);
            }

            if (question.Root.All().Any(static node => node is CallNode { Name: "double_exponential_smoothing" }))
            {
                Count("holt_winters renamed");
            }
        }
    }

    public override string ToString()
    {
        var known = string.Join(", ", _known.Select(static pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value:N0}")));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{_queries:N0} queries ({_ranges:N0} ranges), {WithResult:N0} with a result, {_empty:N0} empty, {_failed:N0} failed in both, {_disagreements.Count} disagreements; documented differences: {(known.Length > 0 ? known : "none")}");
    }

    private void Count(string name) => _known[name] = _known.GetValueOrDefault(name) + 1;
}
