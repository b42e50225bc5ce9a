using Toka.Query.TraceQL.Ast;

namespace Toka.Query.TraceQL.Lexing;

/// <summary>What a token is. Words stay <see cref="Word"/>: only its place says whether <c>by</c> is a keyword.</summary>
internal enum TokenKind
{
    End,
    Word,
    Attribute,
    Int,
    Float,
    Duration,
    String,
    LeftBrace,
    RightBrace,
    LeftParen,
    RightParen,
    Comma,
    Pipe,
    And,
    Or,
    Not,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Matches,

    /// <summary><c>!~</c>: no match of an expression, or no sibling.</summary>
    NotTilde,
    Tilde,
    Descendant,
    Ancestor,
    NotChild,
    NotParent,
    NotDescendant,
    NotAncestor,
    UnionChild,
    UnionParent,
    UnionDescendant,
    UnionAncestor,
    UnionSibling,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
}

/// <summary>A token: what it is and where.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">Where it begins, in characters from 0.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Text">What stands there; a string's text unescaped; an attribute's key.</param>
internal readonly record struct Token(TokenKind Kind, int Start, int End, string Text)
{
    /// <summary>Of an attribute: where it is looked for.</summary>
    public AttributeScope Scope { get; init; }

    /// <summary>Of an attribute: whether it is the parent's.</summary>
    public bool IsOfParent { get; init; }

    /// <summary>Of a whole number or a duration: the number, ns of a duration.</summary>
    public long Whole { get; init; }

    /// <summary>Of a floating-point number.</summary>
    public double Number { get; init; }

    public bool IsWord(string word) => Kind == TokenKind.Word && Text == word;

    public override string ToString() => Kind switch
    {
        TokenKind.End => "end of input",
        TokenKind.Word => $"word \"{Text}\"",
        TokenKind.Attribute => $"attribute \"{Text}\"",
        TokenKind.Int or TokenKind.Float => $"number \"{Text}\"",
        TokenKind.Duration => $"duration \"{Text}\"",
        TokenKind.String => $"string \"{Text}\"",
        _ => $"\"{Text}\"",
    };
}
