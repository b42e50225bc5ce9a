using Toka.Core.Logs;

namespace Toka.Tracing.LogPatterns;

/// <summary>
/// Groups log records by what their bodies have in common. The same records in the same order always give the same patterns; memory is
/// bounded. Not thread-safe.
/// </summary>
/// <remarks>
/// Source: P. He, J. Zhu, Z. Zheng, M. R. Lyu, "Drain: An Online Log Parsing Approach with Fixed Depth Tree", IEEE ICWS 2017: bodies are
/// told apart by their number of words and the first one, and then join the group of which enough words are the same; words that
/// differ become a wildcard.
/// </remarks>
public sealed class LogPatternMiner
{
    /// <summary>Services that are named of a pattern.</summary>
    public const int ServicesMax = 10;

    /// <summary>Patterns that are told apart; further ones are counted as <see cref="Other"/>.</summary>
    public const int PatternsMax = 2000;

    /// <summary>The pattern of what is too much.</summary>
    public const string Other = "<other>";

    /// <summary>First words by which bodies are told apart: more would keep those apart whose second word is a name.</summary>
    private const int PrefixWords = 1;

    /// <summary>Different words at one place of the beginning; further ones are taken together.</summary>
    private const int BranchesMax = 100;

    /// <summary>The share of words that must be the same to join a group.</summary>
    private const double SimilarityMin = 0.5;

    private readonly Dictionary<int, Node> _byLength = [];
    private readonly List<Group> _groups = [];
    private Group? _other;
    private int _count;

    /// <summary>How many records were added.</summary>
    public int Count => _count;

    /// <summary>Adds a record.</summary>
    /// <param name="record">The record.</param>
    public void Add(LogRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        _count++;
        var words = LogTokens.Of(record.Body);
        if (!_byLength.TryGetValue(words.Length, out var node))
        {
            _byLength[words.Length] = node = new Node();
        }

        for (var i = 0; i < Math.Min(PrefixWords, words.Length); i++)
        {
            node = node.Child(words[i].Contains(LogTokens.Wildcard, StringComparison.Ordinal) ? LogTokens.Wildcard : words[i]);
        }

        (Closest(node, words) ?? Make(node, words, record)).Add(record, words);
    }

    /// <summary>The patterns, those with the most records first.</summary>
    /// <param name="limit">The most to return.</param>
    public IReadOnlyList<LogPattern> Patterns(int limit) => [.. (_other is null ? _groups : [.. _groups, _other])
        .Select((group, place) => (group, place))
        .OrderByDescending(static one => one.group.Count).ThenBy(static one => one.place)
        .Take(limit)
        .Select(one => one.group.ToPattern(_count))];

    /// <summary>The patterns of records.</summary>
    /// <param name="records">The records.</param>
    /// <param name="limit">The most patterns to return.</param>
    public static IReadOnlyList<LogPattern> Of(IEnumerable<LogRecord> records, int limit)
    {
        ArgumentNullException.ThrowIfNull(records);
        var miner = new LogPatternMiner();
        foreach (var record in records)
        {
            miner.Add(record);
        }

        return miner.Patterns(limit);
    }

    private static Group? Closest(Node node, string[] words)
    {
        Group? closest = null;
        var best = -1;
        foreach (var group in node.Groups)
        {
            var same = group.Same(words);
            if (same > best)
            {
                (closest, best) = (group, same);
            }
        }

        return best >= SimilarityMin * words.Length ? closest : null;
    }

    private Group Make(Node node, string[] words, LogRecord record)
    {
        if (_groups.Count >= PatternsMax)
        {
            return _other ??= new Group([Other], record);
        }

        var group = new Group(words, record);
        _groups.Add(group);
        node.Groups.Add(group);
        return group;
    }

    private sealed class Node
    {
        private readonly Dictionary<string, Node> _children = new(StringComparer.Ordinal);

        public List<Group> Groups { get; } = [];

        public Node Child(string word)
        {
            if (_children.TryGetValue(word, out var child))
            {
                return child;
            }

            var name = _children.Count < BranchesMax ? word : LogTokens.Wildcard;
            return _children.TryGetValue(name, out child) ? child : _children[name] = new Node();
        }
    }

    private sealed class Group(string[] words, LogRecord example)
    {
        /// <summary>Services that are counted.</summary>
        private const int CountedServicesMax = 1000;

        private readonly string[] _words = [.. words];
        private readonly Dictionary<string, int> _services = new(StringComparer.Ordinal);
        private readonly int[] _severities = new int[256];

        public int Count { get; private set; }

        /// <summary>How many words are the same; a wildcard is the same as itself alone.</summary>
        public int Same(string[] words)
        {
            var same = 0;
            for (var i = 0; i < words.Length; i++)
            {
                same += _words[i] == words[i] ? 1 : 0;
            }

            return same;
        }

        public void Add(LogRecord record, string[] words)
        {
            Count++;
            _severities[record.Severity]++;
            if (_services.TryGetValue(record.Origin.Service, out var count) || _services.Count < CountedServicesMax)
            {
                _services[record.Origin.Service] = count + 1;
            }

            if (_words is [Other])
            {
                return;
            }

            for (var i = 0; i < words.Length; i++)
            {
                _words[i] = _words[i] == words[i] ? words[i] : LogTokens.Wildcard;
            }
        }

        public LogPattern ToPattern(int all)
        {
            var severity = 255;
            for (var i = 255; i >= 0; i--)
            {
                severity = _severities[i] > _severities[severity] ? i : severity;
            }

            var services = _services.OrderByDescending(static service => service.Value).ThenBy(static service => service.Key, StringComparer.Ordinal).Take(ServicesMax).Select(static service => service.Key);
            return new LogPattern(string.Join(' ', _words), Count, Count / (double)all, (byte)severity, [.. services], example);
        }
    }
}
