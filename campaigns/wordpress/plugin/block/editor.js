/* The block in the editor: which campaign, how it looks, and the bar itself in a frame. */
( function ( wp ) {
	'use strict';
	const { createElement: h, Fragment, useEffect, useState } = wp.element;
	const { InspectorControls, useBlockProps } = wp.blockEditor;
	const { Button, Notice, PanelBody, Placeholder, SelectControl, Spinner, TextControl } = wp.components;
	const { __, sprintf } = wp.i18n;
	const { url, kinds, languages } = window.tidemarkOffers;
	const LOOK = [ 'kind', 'theme', 'accent', 'lang', 'embed' ];
	const FIRST_HEIGHT = 320;
	const ROW = { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '12px', width: '100%' };
	const WARNING = { width: '100%', margin: '0 -15px 16px' };

	/* The slug in what somebody typed or pasted; '' for what is none. */
	const slugOf = ( typed ) => {
		const text = typed.trim(), start = [ '/c/', '/embed/' ].map( ( path ) => url + path ).find( ( one ) => text.startsWith( one ) );
		const slug = start ? text.slice( start.length ).split( /[/?#]/ )[ 0 ] : text;
		return /^[a-z0-9-]{1,64}$/.test( slug ) ? slug : '';
	};

	const addressOf = ( attributes ) => {
		const address = new URL( url + '/embed/' + slugOf( attributes.campaign ) );
		LOOK.filter( ( name ) => attributes[ name ] ).forEach( ( name ) => address.searchParams.set( name, attributes[ name ] ) );
		return address.href;
	};

	/* What is known of the campaign: its title and the size of its picture, or { problem } where there is none; for `typed`,
	   so that nothing that was known of another campaign is taken for this one's. */
	const useCampaign = ( attributes ) => {
		const [ known, setKnown ] = useState( {} ), typed = attributes.campaign;
		useEffect( () => {
			if ( ! typed ) {
				return setKnown( {} );
			}
			const slug = slugOf( typed );
			const none = { problem: sprintf( /* translators: %s: an address */ __( 'That is no campaign. Write the last part of its address, such as newsroom in %s.', 'tidemark' ), url + '/c/newsroom' ) };
			if ( ! slug ) {
				return setKnown( { typed, ...none } );
			}
			let late = false;
			const settle = ( value ) => late || setKnown( { typed, ...value } );
			const away = { problem: sprintf( /* translators: %s: an address */ __( 'Tidemark does not answer at %s. The bar will show when it does.', 'tidemark' ), url ) };
			const missing = { problem: sprintf( /* translators: %s: a name */ __( 'Tidemark knows no published campaign “%s”.', 'tidemark' ), slug ) };
			const found = ( made ) => settle( { title: made.title, width: made.thumbnail_width, height: made.thumbnail_height } );
			fetch( url + '/oembed?for=plugin&url=' + encodeURIComponent( addressOf( attributes ) ), { credentials: 'omit' } )
				.then( ( answer ) => answer.ok ? answer.json().then( found ) : settle( answer.status === 404 ? missing : away ) )
				.catch( () => settle( away ) );
			return () => { late = true; };
		}, [ typed, attributes.kind, attributes.embed ] );
		return known.typed === typed ? known : {};
	};

	/* The bar as readers get it, as high as it says it is. It is looked at here, not used. */
	const Preview = ( { address, title } ) => {
		const [ frame, setFrame ] = useState( null ), [ height, setHeight ] = useState( FIRST_HEIGHT );
		useEffect( () => {
			if ( ! frame ) {
				return;
			}
			const page = frame.ownerDocument.defaultView;
			const hear = ( { data, source } ) => {
				if ( source === frame.contentWindow && data && data.type === 'tidemark:height' && data.height > 0 ) {
					setHeight( Math.ceil( data.height ) );
				}
			};
			page.addEventListener( 'message', hear );
			return () => page.removeEventListener( 'message', hear );
		}, [ frame ] );
		const style = { width: '100%', border: 0, pointerEvents: 'none', display: 'block' };
		return h( 'iframe', { ref: setFrame, src: address, title, height, style, tabIndex: -1 } );
	};

	const Choice = ( { label, name, values, first, attributes, setAttributes } ) => h( SelectControl, {
		label,
		value: attributes[ name ],
		options: [ { value: '', label: first }, ...values.map( ( value ) => ( { value, label: value } ) ) ],
		onChange: ( value ) => setAttributes( { [ name ]: value } ),
		__nextHasNoMarginBottom: true,
	} );

	const Edit = ( { attributes, setAttributes } ) => {
		const [ typed, setTyped ] = useState( attributes.campaign );
		const { title, width, height, problem } = useCampaign( attributes );
		useEffect( () => {
			if ( title && [ 'title', 'width', 'height' ].some( ( name ) => attributes[ name ] !== { title, width, height }[ name ] ) ) {
				setAttributes( { title, width, height } );
			}
		}, [ title, width, height ] );
		const asked = { attributes, setAttributes };
		const choose = () => setAttributes( { campaign: slugOf( typed ) || typed, title: '' } );
		const field = h( TextControl, { label: __( 'Campaign', 'tidemark' ), value: typed, onChange: setTyped, help: __( 'The last part of its address, or the whole address.', 'tidemark' ), __nextHasNoMarginBottom: true } );
		const button = h( Button, { variant: 'primary', onClick: choose, disabled: ! typed.trim() }, __( 'Show it', 'tidemark' ) );
		const look = h( InspectorControls, null, h( PanelBody, { title: __( 'How it looks', 'tidemark' ) },
			h( Choice, { ...asked, name: 'kind', label: __( 'Kind', 'tidemark' ), values: kinds, first: __( 'Its own', 'tidemark' ) } ),
			h( Choice, { ...asked, name: 'theme', label: __( 'Theme', 'tidemark' ), values: [ 'auto', 'light', 'dark' ], first: __( 'Its own', 'tidemark' ) } ),
			h( Choice, { ...asked, name: 'lang', label: __( 'Language', 'tidemark' ), values: languages, first: __( 'The campaign’s own', 'tidemark' ) } ),
			h( TextControl, { label: __( 'Accent colour', 'tidemark' ), value: attributes.accent, placeholder: '0b7a75', onChange: ( accent ) => setAttributes( { accent } ), help: __( 'Six digits.', 'tidemark' ), __nextHasNoMarginBottom: true } ),
			h( TextControl, { label: __( 'Saved look', 'tidemark' ), value: attributes.embed, onChange: ( embed ) => setAttributes( { embed } ), help: __( 'Its key, from Tidemark’s console.', 'tidemark' ), __nextHasNoMarginBottom: true } ),
			h( Button, { variant: 'secondary', onClick: () => setAttributes( { campaign: '', title: '' } ) }, __( 'Another campaign', 'tidemark' ) )
		) );
		const preview = () => h( Preview, { address: addressOf( attributes ), title } );
		const waiting = () => h( Placeholder, { icon: 'chart-bar', label: 'Tidemark' }, h( Spinner ) );
		const asking = () => h( Placeholder, { icon: 'chart-bar', label: 'Tidemark', instructions: __( 'Which campaign’s bar shall stand here?', 'tidemark' ) },
			problem && h( 'div', { style: WARNING }, h( Notice, { status: 'warning', isDismissible: false }, problem ) ),
			h( 'div', { style: ROW }, field, button ) );
		const shown = title ? preview() : attributes.campaign && ! problem ? waiting() : asking();
		return h( Fragment, null, look, h( 'div', useBlockProps(), shown ) );
	};

	wp.blocks.registerBlockType( 'tidemark/progress', { edit: Edit, save: () => null } );
} )( window.wp );
