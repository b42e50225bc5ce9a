using System.Globalization;
using System.Text;
using Toka.Query.Results;
using Toka.Query.TraceQL.Ast;

namespace Toka.Query.TraceQL.Lexing;

/// <summary>Cuts TraceQL into tokens.</summary>
/// <remarks>Source: the public documentation of Grafana Tempo, "Construct a TraceQL query".</remarks>
internal sealed class Lexer
{
    private const string EndsOfKey = "{}()=~!<>&|^,\"";

    private static readonly (string Text, TokenKind Kind)[] s_symbols =
    [
        ("&>>", TokenKind.UnionDescendant), ("&<<", TokenKind.UnionAncestor), ("!>>", TokenKind.NotDescendant), ("!<<", TokenKind.NotAncestor),
        ("&&", TokenKind.And), ("||", TokenKind.Or), ("&>", TokenKind.UnionChild), ("&<", TokenKind.UnionParent), ("&~", TokenKind.UnionSibling),
        ("!=", TokenKind.NotEqual), ("!~", TokenKind.NotTilde), ("!>", TokenKind.NotChild), ("!<", TokenKind.NotParent), ("=~", TokenKind.Matches),
        (">=", TokenKind.GreaterOrEqual), ("<=", TokenKind.LessOrEqual), (">>", TokenKind.Descendant), ("<<", TokenKind.Ancestor),
        ("{", TokenKind.LeftBrace), ("}", TokenKind.RightBrace), ("(", TokenKind.LeftParen), (")", TokenKind.RightParen), (",", TokenKind.Comma),
        ("|", TokenKind.Pipe), ("!", TokenKind.Not), ("=", TokenKind.Equal), ("<", TokenKind.Less), (">", TokenKind.Greater), ("~", TokenKind.Tilde),
        ("+", TokenKind.Add), ("-", TokenKind.Subtract), ("*", TokenKind.Multiply), ("/", TokenKind.Divide), ("%", TokenKind.Modulo), ("^", TokenKind.Power),
    ];

    private readonly string _text;
    private readonly List<Token> _tokens = [];
    private int _at;

    private Lexer(string text) => _text = text;

    /// <summary>The tokens of a text; the last one is <see cref="TokenKind.End"/>.</summary>
    /// <exception cref="QueryException">A character or a literal is not TraceQL.</exception>
    public static List<Token> Tokenize(string text)
    {
        var lexer = new Lexer(text);
        while (lexer.Next())
        {
        }

        lexer._tokens.Add(new Token(TokenKind.End, text.Length, text.Length, ""));
        return lexer._tokens;
    }

    /// <summary>A fault of the text, with line and column.</summary>
    public static QueryException Error(string text, int position, string message) => PromQL.Lexing.Lexer.Error(text, position, message);

    private bool Next()
    {
        while (_at < _text.Length && (char.IsWhiteSpace(_text[_at]) || IsComment()))
        {
            _at++;
        }

        if (_at >= _text.Length)
        {
            return false;
        }

        var c = _text[_at];
        if (char.IsAsciiDigit(c) || (c == '.' && _at + 1 < _text.Length && char.IsAsciiDigit(_text[_at + 1])))
        {
            NumberToken();
        }
        else if (c == '.')
        {
            var start = _at++;
            AttributeToken(start, AttributeScope.Any, isOfParent: false);
        }
        else if (char.IsAsciiLetter(c) || c == '_')
        {
            WordToken();
        }
        else if (c is '"' or '`')
        {
            var text = PromQL.Lexing.StringReader.Read(_text, ref _at);
            _tokens.Add(new Token(TokenKind.String, text.Start, text.End, text.Text));
        }
        else
        {
            SymbolToken();
        }

        return true;
    }

    /// <summary>Comments run from <c>//</c> to the line's end; goes to their last character.</summary>
    private bool IsComment()
    {
        if (!_text.AsSpan(_at).StartsWith("//", StringComparison.Ordinal))
        {
            return false;
        }

        var end = _text.IndexOf('\n', _at);
        _at = end < 0 ? _text.Length - 1 : end;
        return true;
    }

    private void SymbolToken()
    {
        foreach (var (symbol, kind) in s_symbols)
        {
            if (_text.AsSpan(_at).StartsWith(symbol, StringComparison.Ordinal))
            {
                _tokens.Add(new Token(kind, _at, _at + symbol.Length, symbol));
                _at += symbol.Length;
                return;
            }
        }

        throw Error(_text, _at, $"unexpected character: '{_text[_at]}'");
    }

    private void WordToken()
    {
        var start = _at;
        var word = ReadWord();
        var next = _at < _text.Length ? _text[_at] : '\0';
        if (next == ':' && ScopeOf(word) is not null)
        {
            _at++;
            var field = ReadWord();
            _tokens.Add(new Token(TokenKind.Word, start, _at, $"{word}:{field}"));
        }
        else if (next == '.' && word == "parent")
        {
            _at++;
            var inner = _at;
            var scope = ScopeOf(ReadWord());
            if (scope is not (AttributeScope.Span or AttributeScope.Resource) || _at >= _text.Length || _text[_at] != '.')
            {
                _at = inner;
                scope = AttributeScope.Any;
            }
            else
            {
                _at++;
            }

            AttributeToken(start, scope.Value, isOfParent: true);
        }
        else if (next == '.' && ScopeOf(word) is { } scope and not AttributeScope.Any)
        {
            _at++;
            AttributeToken(start, scope, isOfParent: false);
        }
        else
        {
            _tokens.Add(new Token(TokenKind.Word, start, _at, word));
        }
    }

    /// <summary>Words that may stand before a colon; those with a scope of attributes may stand before a point.</summary>
    private static AttributeScope? ScopeOf(string word) => word switch
    {
        "span" => AttributeScope.Span,
        "resource" => AttributeScope.Resource,
        "event" => AttributeScope.Event,
        "link" => AttributeScope.Link,
        "instrumentation" => AttributeScope.Instrumentation,
        "trace" => AttributeScope.Any,
        _ => null,
    };

    private string ReadWord()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] == '_'))
        {
            _at++;
        }

        return _text[start.._at];
    }

    private void AttributeToken(int start, AttributeScope scope, bool isOfParent)
    {
        var key = new StringBuilder();
        while (_at < _text.Length)
        {
            var c = _text[_at];
            if (c == '"')
            {
                QuotedPart(key);
            }
            else if (char.IsWhiteSpace(c) || EndsOfKey.Contains(c, StringComparison.Ordinal))
            {
                break;
            }
            else
            {
                key.Append(c);
                _at++;
            }
        }

        if (key.Length == 0)
        {
            throw Error(_text, _at, "the key of an attribute is expected after \".\"; one with other characters than letters and points stands in quotes");
        }

        _tokens.Add(new Token(TokenKind.Attribute, start, _at, key.ToString()) { Scope = scope, IsOfParent = isOfParent });
    }

    private void QuotedPart(StringBuilder key)
    {
        var start = _at++;
        while (true)
        {
            if (_at >= _text.Length)
            {
                throw Error(_text, start, "the quotes of a key are not closed");
            }

            var c = _text[_at++];
            if (c == '"')
            {
                return;
            }

            if (c == '\\' && _at < _text.Length && _text[_at] is '"' or '\\')
            {
                c = _text[_at++];
            }

            key.Append(c);
        }
    }

    private void NumberToken()
    {
        var start = _at;
        while (_at < _text.Length)
        {
            var c = _text[_at];
            var isSign = c is '+' or '-' && _text[_at - 1] is 'e' or 'E' && _at + 1 < _text.Length && char.IsAsciiDigit(_text[_at + 1]);
            if (!char.IsAsciiLetterOrDigit(c) && c != '.' && c != 'µ' && c != 'μ' && !isSign)
            {
                break;
            }

            _at++;
        }

        var text = _text[start.._at];
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var whole))
        {
            _tokens.Add(new Token(TokenKind.Int, start, _at, text) { Whole = whole, Number = whole });
        }
        else if (double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
        {
            _tokens.Add(new Token(TokenKind.Float, start, _at, text) { Number = number });
        }
        else if (DurationText.TryParse(text, out var duration))
        {
            _tokens.Add(new Token(TokenKind.Duration, start, _at, text) { Whole = duration, Number = duration });
        }
        else
        {
            throw Error(_text, start, $"bad number or duration: \"{text}\"; durations are written as 100ms, 1.5s or 1h30m");
        }
    }
}
