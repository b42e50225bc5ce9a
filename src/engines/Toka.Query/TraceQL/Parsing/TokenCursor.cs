using Toka.Query.Results;
using Toka.Query.TraceQL.Lexing;

namespace Toka.Query.TraceQL.Parsing;

/// <summary>A place in a query's tokens, with the small steps that every parser takes.</summary>
internal sealed class TokenCursor(string text)
{
    /// <summary>The most levels of a query's tree: parsing and evaluation recurse.</summary>
    public const int DepthMax = 200;

    private readonly List<Token> _tokens = Lexer.Tokenize(text);
    private int _at;
    private int _depth;

    public Token Current => _tokens[_at];

    public Token Following => _tokens[Math.Min(_at + 1, _tokens.Count - 1)];

    /// <summary>A place to come back to.</summary>
    public int Mark
    {
        get => _at;
        set => _at = value;
    }

    public Token Take()
    {
        var token = Current;
        _at = Math.Min(_at + 1, _tokens.Count - 1);
        return token;
    }

    public bool TryTake(TokenKind kind)
    {
        if (Current.Kind != kind)
        {
            return false;
        }

        Take();
        return true;
    }

    public bool TryTakeWord(string word)
    {
        if (!Current.IsWord(word))
        {
            return false;
        }

        Take();
        return true;
    }

    public Token Expect(TokenKind kind, string what) => Current.Kind == kind ? Take() : throw Unexpected(what);

    public QueryException Unexpected(string expected) => Error(Current.Start, $"unexpected {Current}, expected {expected}");

    public QueryException Error(int position, string message) => Lexer.Error(text, position, message);

    /// <summary>Goes a level down; dispose of the result to come up again.</summary>
    public Level Descend() => ++_depth <= DepthMax
        ? new Level(this)
        : throw Error(Current.Start, $"the query nests more than {DepthMax} levels; write it flatter");

    /// <summary>A level of the tree.</summary>
    public readonly ref struct Level(TokenCursor cursor)
    {
        public void Dispose() => cursor._depth--;
    }
}
